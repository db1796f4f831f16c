import type { UIMessage } from "ai";

/** What a file costs a model, whatever its size: about a thousand tokens. */
const FILE_CHARS = 4_000;

/** How much a model is shown, in characters. */
export function shownChars(messages: readonly UIMessage[]): number {
  return JSON.stringify(messages, (_name, value: unknown) =>
    typeof value === "string" && value.startsWith("data:") && value.length > FILE_CHARS ? value.slice(0, FILE_CHARS) : value,
  ).length;
}
