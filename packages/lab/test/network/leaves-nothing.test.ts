/** However a program with a network ends, the kernel has none of its namespaces, devices and processes afterwards. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../../src/needs.ts";
import { openNetwork, profiles, refusalOfNetwork, type Network } from "../../src/network/index.ts";
import * as tools from "../../src/tools.ts";

const script = fileURLToPath(new URL("fixture.ts", import.meta.url));

/** Its namespaces are beside the others': a device with one end here and the other there is gone when the kernel frees those. */
let holder: Network;
beforeAll(async () => {
  if (refusalOfNetwork() === null) holder = await openNetwork({ ...profiles.loopback, seed: 1 });
});
afterAll(async () => {
  if (refusalOfNetwork() === null) await holder.close();
});

const ip = (...args: readonly string[]): ReturnType<typeof spawnSync> => holder.near.inside(() => spawnSync("ip", args));

/** The namespaces of the network that a process holds as descriptors, beside the one that it is in. */
function namespacesOf(pid: number): string[] {
  const found = new Map<string, string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const path = `/proc/${pid}/fd/${fd}`;
    const target = linkOf(path);
    if (target?.startsWith("net:") === true && target !== linkOf(`/proc/${pid}/ns/net`)) found.set(target, path);
  }
  return [...found.values()];
}

/** `undefined` where it is gone, or has no such thing. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** All processes whose parent this is, and theirs. */
function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

const isThere = (pid: number): boolean => existsSync(`/proc/${pid}/ns`) && linkOf(`/proc/${pid}/ns/net`) !== undefined;

const ways: readonly [string, (child: ChildProcess) => void][] = [
  ["Ctrl-C", (child) => child.kill("SIGINT")],
  ["SIGTERM", (child) => child.kill("SIGTERM")],
  ["kill -9", (child) => child.kill("SIGKILL")],
  ["throw", (child) => child.stdin?.write("now\n")],
  ["exit", (child) => child.stdin?.write("now\n")],
  ["end", (child) => child.stdin?.write("now\n")],
];

describe("a program with a network leaves nothing behind", needs(tools.network), () => {
  it.each(ways)("when it ends by %s", async (way, end) => {
    const devices = readdirSync("/sys/class/net");
    const child = spawn(process.execPath, [script, way], { stdio: ["pipe", "pipe", "ignore"] });
    const exited = once(child, "exit");
    await once(child.stdout, "data");
    const pid = child.pid ?? Number.NaN;

    const namespaces = namespacesOf(pid);
    expect(namespaces.length).toBe(2);
    const family = descendants(pid);
    // The first of the namespace of processes; two shells, and the sleep of each.
    expect(family.length).toBe(5);
    for (const [index, path] of namespaces.entries()) {
      const added = ip("link", "add", `left${index}`, "type", "veth", "peer", "name", "planted", "netns", path);
      expect([added.status, String(added.stderr)]).toEqual([0, ""]);
    }
    expect(ip("link", "show", "left0").status).toBe(0);

    end(child);
    await exited;
    await expect.poll(() => family.filter(isThere)).toEqual([]);
    // The kernel clears namespaces up a moment after the last one let go of them.
    await expect.poll(() => [ip("link", "show", "left0").status, ip("link", "show", "left1").status]).toEqual([1, 1]);
    expect(readdirSync("/sys/class/net")).toEqual(devices);
  });
});
