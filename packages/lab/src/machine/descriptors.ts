import { readdir, readlink } from "node:fs/promises";
import { absent } from "./absent.ts";

/** What processes have open: files, pipes, sockets and all else that has a descriptor. */
export interface Descriptors {
  readonly all: number;
  /** Those of them that are sockets. */
  readonly sockets: number;
}

/** Of processes together; NaN where the system has no /proc, or one of them is gone. */
export async function openDescriptors(pids: readonly number[]): Promise<Descriptors> {
  const each = await Promise.all(pids.map((pid) => linksOf(pid)));
  const count = (wanted: (link: string) => boolean): number =>
    each.reduce((sum, links) => sum + (links?.filter(wanted).length ?? Number.NaN), pids.length === 0 ? Number.NaN : 0);
  return { all: count(() => true), sockets: count((link) => link.startsWith("socket:")) };
}

/** What each of a process's descriptors leads to. */
async function linksOf(pid: number): Promise<readonly string[] | undefined> {
  const names = await readdir(`/proc/${pid}/fd`).catch(absent);
  if (names === undefined) return undefined;
  // Of this process, the listing has its own descriptor, which is closed by now.
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(absent)));
  return links.filter((link) => link !== undefined);
}
