import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { launchFirefox } from "./browser/firefox.ts";
import { endProcess } from "./end-process.ts";

afterEach(() => void vi.unstubAllEnvs());

/** A program that says this, and runs on. */
async function started(script: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", `${script}; setInterval(() => undefined, 1e6); console.log("ready");`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  return child;
}

it("ends a program by its own end, where it has one", async () => {
  const child = await started("process.on('SIGTERM', () => process.exit(3))");
  await endProcess(child, 30_000);
  expect(child.exitCode).toBe(3);
  await endProcess(child, 30_000);
});

it("kills a program that does not end", async () => {
  const child = await started("process.on('SIGTERM', () => undefined)");
  await endProcess(child, 50);
  expect(child.signalCode).toBe("SIGKILL");
});

it("names the path of a Firefox that is not there", async () => {
  vi.stubEnv("FIREFOX_PATH", "/nowhere/firefox");
  await expect(launchFirefox()).rejects.toThrow("/nowhere/firefox");
});

it("kills a Firefox that does not end", async () => {
  const folder = await mkdtemp(join(tmpdir(), "no-firefox-"));
  const path = join(folder, "firefox");
  // Where nobody listens, it cannot be used, and is ended.
  const script = `process.on("SIGTERM", () => undefined); setInterval(() => undefined, 1e6); console.error("WebDriver BiDi listening on ws://127.0.0.1:9");`;
  await writeFile(path, `#!${process.execPath}\n${script}\n`);
  await chmod(path, 0o755);
  vi.stubEnv("FIREFOX_PATH", path);
  await expect(launchFirefox({}, 50)).rejects.toThrow("ECONNREFUSED");
  await rm(folder, { recursive: true });
});
