import { hash } from "node:crypto";
import { bytesToJson } from "@agent-transports/protocol";

/** JSON of what the log has: bytes in the log's form, and the members sorted, because a binary frame carries `data` behind the others. */
export function jsonOf(chunk: object): string {
  const members = Object.entries(chunk).map(
    ([name, value]: [string, unknown]) => [name, name === "data" ? bytesToJson(value) : value] as const,
  );
  return JSON.stringify(Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** JSON of what an application received, as {@link jsonOf} makes it. Bytes that were left in the log's form are no bytes, and are not like the log's. */
export function givenJsonOf(chunk: object): string {
  const undecoded = "data" in chunk && typeof chunk.data === "object" && chunk.data !== null && "$bytes" in chunk.data;
  return jsonOf(undecoded ? { ...chunk, data: { undecoded: chunk.data } } : chunk);
}

export function hashOf(json: string): string {
  return hash("sha256", json, "base64");
}
