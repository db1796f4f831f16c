import { afterEach, expect, it, vi } from "vitest";
import { startFaultServer } from "../dev-faults.ts";

afterEach(() => void vi.unstubAllEnvs());

async function killed(): Promise<{ readonly status: number; readonly text: string }> {
  const { killUrl } = await startFaultServer();
  const response = await fetch(killUrl, { method: "POST" });
  return { status: response.status, text: await response.text() };
}

it("says that no Worker runs yet", async () => {
  expect(await killed()).toEqual({ status: 409, text: "no process of it runs. Wait until dev is ready, and try again." });
});

it("says what to install where there is no ps", async () => {
  vi.stubEnv("PATH", "/nowhere");
  const { status, text } = await killed();
  expect({ status, text }).toEqual({ status: 500, text: expect.stringContaining("procps") });
});
