import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { killNow } from "./host.ts";

it("a process is killed, and one that has ended is none that cannot be killed", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
  await once(child, "spawn");
  const ended = once(child, "exit");
  killNow(child.pid!);
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(() => killNow(child.pid!)).not.toThrow();
});
