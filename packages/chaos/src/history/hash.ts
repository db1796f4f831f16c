import { hash } from "node:crypto";
import { bytesToJson } from "@agent-transports/protocol";

/**
 * JSON of what an application received, or of what the log has: bytes as the log has them, and the members sorted, because a binary frame
 * carries `data` behind the others.
 */
export function jsonOf(chunk: object): string {
  const members = Object.entries(chunk).map(
    ([name, value]: [string, unknown]) => [name, name === "data" ? bytesToJson(value) : value] as const,
  );
  return JSON.stringify(Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

export function hashOf(json: string): string {
  return hash("sha256", json, "base64");
}
