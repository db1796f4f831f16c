import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder that goes when the last file of tests has ended: a process of tests may be killed, and then removes nothing itself. */
    readonly temporary: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "agent-worker-"));
  project.provide("temporary", folder);
  return () => rm(folder, { recursive: true, force: true });
}
