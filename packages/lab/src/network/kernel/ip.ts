import { spawnSync } from "node:child_process";
import { ipPath } from "../allowed.ts";
import { NetworkError } from "../errors.ts";

/**
 * Gives lines to iproute2 where the calling thread is. One process does all of them: between two lines there are microseconds.
 *
 * @throws NetworkError with what it said
 */
export function configure(lines: readonly string[]): void {
  const { status, stderr, error } = spawnSync(ipPath() ?? "ip", ["-batch", "-"], { input: `${lines.join("\n")}\n`, encoding: "utf8" });
  if (error !== undefined) throw new NetworkError("command_failed", `ip cannot be run: ${error.message}.`, error);
  if (status !== 0) throw new NetworkError("command_failed", `ip ended with ${status}: ${stderr.trim()}`);
}
