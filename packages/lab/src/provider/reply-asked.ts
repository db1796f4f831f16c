/** Stands in a prompt, or in a tool's output, and says which reply is due. */
export function replyMarker(id: string): string {
  return `[[reply:${id}]]`;
}

/** The id of the reply that is due when so many outputs of tools follow a reply's marker. Without one, that of fewer outputs is due. No marker can name it. */
export function afterToolOutputs(id: string, count: number): string {
  return count === 0 ? id : `${id}~${count}`;
}

const MARKER = /\[\[reply:([A-Za-z0-9._-]+)\]\]/g;

/** Which reply a request asks for: its last marker, and how many outputs of tools follow the item that has it. */
export function replyAsked(body: string, asked: object): { readonly id: string; readonly outputs: number } | undefined {
  const id = lastMarker(body);
  if (id === undefined) return undefined;
  // The Responses API has `input`, chat completions have `messages`. Either may be a string, and a marker may be elsewhere, in the instructions say.
  const items: unknown = "input" in asked ? asked.input : "messages" in asked ? asked.messages : undefined;
  if (!Array.isArray(items)) return { id, outputs: 0 };
  const marked = items.findLastIndex((item) => JSON.stringify(item).includes(replyMarker(id)));
  return { id, outputs: items.slice(marked + 1).filter(isToolOutput).length };
}

function lastMarker(body: string): string | undefined {
  let last: string | undefined;
  for (const match of body.matchAll(MARKER)) last = match[1];
  return last;
}

function isToolOutput(item: unknown): boolean {
  if (typeof item !== "object" || item === null) return false;
  return ("type" in item && item.type === "function_call_output") || ("role" in item && item.role === "tool");
}
