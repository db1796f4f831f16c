/** The clock of a Worker: where it cannot be moved, nothing is played as if it had been. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { listen } from "@agent-transports/lab/listen";
import { linux, needs } from "@agent-transports/lab/needs";
import * as tools from "@agent-transports/lab/tools";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { MortalHost, startHost } from "../src/run/host.ts";
import { ModelProvider } from "../src/run/model.ts";
import { refusalOfClocks, WorkerClock } from "../src/run/worker-clock.ts";

const DAY_MS = 86_400_000;

let folder: string;
let provider: ModelProvider;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "clock-"));
  provider = await ModelProvider.start();
});
afterEach(async () => {
  await provider.close();
  await rm(folder, { recursive: true, force: true });
});

const aheadMs = async (worker: URL): Promise<number> =>
  Number(await (await fetch(new URL("/control/clock/now", worker))).text()) - Date.now();

describe("a Worker's clock", needs(linux, tools.cc), () => {
  it("is off as it is told, jumps while it runs, and is another behind its death", async () => {
    const host = await MortalHost.start(provider, -DAY_MS);
    try {
      expect(Math.round((await aheadMs(host.url)) / 10_000)).toBe(-DAY_MS / 10_000);
      await host.jump(2 * DAY_MS);
      expect(Math.round((await aheadMs(host.url)) / 10_000)).toBe(DAY_MS / 10_000);
      await host.kill({ how: "kill", downMs: 0, clockMs: -60_000 });
      expect(Math.round((await aheadMs(host.url)) / 10_000)).toBe(-6);
    } finally {
      await host.close();
    }
  });

  it("that does not move is an error, and says how to leave it out", async () => {
    const clock = await WorkerClock.make(folder, DAY_MS);
    // Which was not started with it.
    const host = await startHost(provider);
    try {
      await expect(clock.check(host.url)).rejects.toMatchObject({
        code: "cannot_move_clock",
        message: expect.stringMatching(
          /^Here no Worker's clock can be moved: it was to be at \d+, and is at \d+\. Give --clocks 0\.$/,
        ) as string,
      });
    } finally {
      await host.dispose();
    }
  });

  it("is right where the Worker takes 4 s to tell the time, and wrong where it is off by 10 s, or is no time", async () => {
    const clock = await WorkerClock.make(folder, DAY_MS);
    // Nobody waits for it: the time that an answer takes is added to what clocks say.
    let tookMs = 0;
    const real = performance.now.bind(performance);
    const spied = vi.spyOn(performance, "now").mockImplementation(() => real() + tookMs);
    onTestFinished(() => spied.mockRestore());
    let told = (): number => performance.timeOrigin + performance.now() + DAY_MS;
    const server = createServer((_request, response) => {
      tookMs += 4_000;
      response.end(String(told()));
    });
    const url = new URL(`http://127.0.0.1:${await listen(server)}`);
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await clock.check(url);
    const right = told;
    for (const wrong of [() => right() + 10_000, () => right() - 10_000, () => Number.NaN]) {
      told = wrong;
      await expect(clock.check(url)).rejects.toMatchObject({ code: "cannot_move_clock" });
    }
  });
});

describe("a machine that cannot move a Worker's clock", needs(linux), () => {
  it.each<[string, string | null, RegExp]>([
    ["a C compiler", null, /^a C compiler, cc, has to build what moves it \(Debian: gcc, libc6-dev\)$/],
    [
      "the headers of its C library",
      `[ "$1" = --version ] && exit 0; echo 'fatal error: fcntl.h: No such file or directory' >&2; exit 1`,
      /^a C compiler, cc, has to build what moves it \(Debian: gcc, libc6-dev\)$/,
    ],
    [
      "a folder that programs load from",
      `[ "$1" = --version ] && exit 0; while [ "$1" != -o ]; do shift; done; echo nothing > "$2"`,
      /^programs cannot load what moves it from .+, and TMPDIR may name another folder$/,
    ],
  ])("for want of %s says so before anything is played, and as an error where it is asked for", async (_what, cc, why) => {
    const [bin, temporary] = [join(folder, "bin"), join(folder, "temporary")];
    for (const one of [bin, temporary]) await mkdir(one);
    if (cc !== null) await writeFile(join(bin, "cc"), `#!/bin/sh\n${cc}\n`, { mode: 0o755 });
    vi.stubEnv("PATH", cc === null ? bin : `${bin}${delimiter}${process.env["PATH"] ?? ""}`);
    vi.stubEnv("TMPDIR", temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    const [, said] = /^A Worker's clock cannot be moved: (.+)\.$/.exec((await refusalOfClocks()) ?? "") ?? [];
    expect(said).toMatch(why);
    expect(await readdir(temporary)).toEqual([]);
    const thrown: unknown = await WorkerClock.make(folder, DAY_MS).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "cannot_move_clock" });
    const [, told] = /^Here no Worker's clock can be moved: (.+)\. Give --clocks 0\.$/.exec((thrown as Error).message) ?? [];
    expect(told).toMatch(why);
  });
});

it("a machine that can move a Worker's clock lacks nothing, and no folder is left of the trial", needs(linux, tools.cc), async () => {
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await refusalOfClocks()).toBeNull();
  expect(await readdir(folder)).toEqual([]);
});
