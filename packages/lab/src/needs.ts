import type { TestOptions } from "vitest";
import type { Tool } from "./tools.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Why it is skipped: what this machine lacks. `pnpm test` counts by it. */
    needs?: readonly string[];
  }
}

type Need = Pick<Tool, "name" | "missing">;

/** The kernel whose /proc some figures come from. */
export const linux: Need = { name: "Linux", missing: () => (process.platform === "linux" ? null : "This system is not Linux.") };

/** For a test or a suite: skipped where a tool is missing, and counted as such. In CI it is run all the same, and fails. */
export function needs(...tools: readonly Need[]): Pick<TestOptions, "skip" | "meta"> {
  const missing = tools.filter((tool) => tool.missing() !== null).map(({ name }) => name);
  return missing.length === 0 || process.env["CI"] === "true" ? {} : { skip: true, meta: { needs: missing } };
}
