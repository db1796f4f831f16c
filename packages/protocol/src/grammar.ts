import { KEY_MAX_LENGTH } from "./constants.ts";

/** What PROTOCOL.md §1 says of names, at run time: whoever writes JavaScript has no types. */

const KEY = new RegExp(`^[\\x21-\\x7e]{1,${KEY_MAX_LENGTH}}$`);
const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The key of a start or of an input. */
export function isKey(value: unknown): value is string {
  return typeof value === "string" && KEY.test(value);
}

export function isRunId(value: unknown): value is string {
  return typeof value === "string" && RUN_ID.test(value);
}
