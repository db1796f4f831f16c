/** The clock of a Worker: where it cannot be moved, nothing is played as if it had been. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MortalHost, startHost } from "../src/run/host.ts";
import { ModelProvider } from "../src/run/model.ts";
import { WorkerClock } from "../src/run/worker-clock.ts";

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

it("a Worker's clock is off as it is told, jumps while it runs, and is another behind its death", async () => {
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

it("a Worker whose clock does not move is an error, and says how to leave it out", async () => {
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

it("a machine without a C compiler is told so", async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = folder;
  try {
    await expect(WorkerClock.make(folder, DAY_MS)).rejects.toMatchObject({
      code: "cannot_move_clock",
      message: "Here no Worker's clock can be moved: a C compiler, cc, has to build what moves it. Give --clocks 0.",
    });
  } finally {
    process.env["PATH"] = path;
  }
});
