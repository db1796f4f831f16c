/** The command, in a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const program = fileURLToPath(new URL("../bin/chaos.js", import.meta.url));
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "cli-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

it("Ctrl-C ends it at once: it writes what was done, and leaves no folder behind", async () => {
  const out = join(folder, "out");
  const child = spawn(process.execPath, [program, "--packets", "0", "--clocks", "0", "--out", out], {
    env: { ...process.env, TMPDIR: folder },
    stdio: "pipe",
  });
  try {
    const storages = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.startsWith("chaos-"));
    await vi.waitFor(async () => expect(await storages()).toHaveLength(1), { timeout: 30_000 });
    const printed = child.stdout.toArray();
    const ended = once(child, "exit");
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(Buffer.concat(await printed).toString()).toContain("It has less than was asked for (SIGINT).");
    expect(JSON.parse(await readFile(join(out, "chaos.json"), "utf8"))).toMatchObject({ schema: "chaos/1", cut: true, failure: "SIGINT" });
    expect(await storages()).toEqual([]);
  } finally {
    child.kill("SIGKILL");
  }
});

it.each([
  ["how to do without it where it was asked for by number", "--packets 5", /^A network of namespaces needs .+ Or give --packets 0\.\n$/],
  ["how to do without it where it was asked for by a fault", "--faults loss", /^A network of namespaces needs .+ Or give --packets 0\.\n$/],
  [
    "that nothing is left to play where nobody asked for it",
    "--seed 1",
    /^Left out: --packets\. A network of .+\n--streams 0 .+ plays nothing: give one of them more than 0\.\n$/,
  ],
])("says that the machine has no network to lose packets on, and %s", async (_what, asked, words) => {
  // Nobody's programs: no ip, and no ss.
  const refused =
    "import { syncBuiltinESMExports } from 'node:module'; import fs from 'node:fs'; fs.existsSync = () => false; syncBuiltinESMExports();";
  const preload = `data:text/javascript,${encodeURIComponent(refused)}`;
  const none = "--streams 0 --kills 0 --clocks 0 --evictions 0".split(" ");
  const child = spawn(process.execPath, ["--import", preload, program, ...none, ...asked.split(" "), "--out", folder], { stdio: "pipe" });
  try {
    const said = child.stderr.toArray();
    expect(await once(child, "exit")).toEqual([2, null]);
    expect(Buffer.concat(await said).toString()).toMatch(words);
  } finally {
    child.kill("SIGKILL");
  }
});

it("says at its start that it cannot write where it was told to", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");
  const child = spawn(process.execPath, [program, "--out", file], { stdio: "pipe" });
  try {
    const said = child.stderr.toArray();
    expect(await once(child, "exit")).toEqual([2, null]);
    expect(Buffer.concat(await said).toString()).toMatch(/^--out .+: nothing can be written there\. .+\n$/);
  } finally {
    child.kill("SIGKILL");
  }
});
