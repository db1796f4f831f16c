import { event, PartCursor, type Wire, type WireOptions } from "./wire.ts";

/**
 * `POST /chat/completions` with `stream: true`.
 *
 * OpenAI's own has no reasoning there. It is sent as `reasoning_content`, as other servers of this format do, and `@ai-sdk/openai` leaves it out.
 */
export function chatWire({ key, model, parts }: WireOptions): Wire {
  const cursor = new PartCursor(parts);
  let calls = 0;
  let tokens = 0;
  const chunk = (delta: object, finishReason: string | null): string =>
    event({
      id: `chatcmpl-${key}`,
      object: "chat.completion.chunk",
      created: 0,
      model,
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    });
  const piece = (delta: object): string => chunk({ tool_calls: [{ index: calls - 1, ...delta }] }, null);
  /** What begins the current part. */
  const open = (): string[] => {
    const part = cursor.current;
    if (part?.type !== "call") return [];
    calls += 1;
    const id = calls === 1 ? `call_${key}` : `call_${key}_${calls}`;
    return [piece({ id, type: "function", function: { name: part.name, arguments: part.whole ?? "" } })];
  };
  return {
    accepted: () => [chunk({ role: "assistant", content: "" }, null)],
    begun: open,
    token(text) {
      tokens += 1;
      const events: string[] = [];
      while (cursor.isUsedUp && cursor.next()) events.push(...open());
      const part = cursor.take();
      if (part.type === "call") events.push(piece({ function: { arguments: text } }));
      else events.push(chunk(part.type === "text" ? { content: text } : { reasoning_content: text }, null));
      return events;
    },
    end() {
      const events: string[] = [];
      while (cursor.next()) events.push(...open());
      const usage = { prompt_tokens: 1, completion_tokens: tokens, total_tokens: tokens + 1 };
      return [
        ...events,
        chunk({}, calls === 0 ? "stop" : "tool_calls"),
        event({ id: `chatcmpl-${key}`, object: "chat.completion.chunk", created: 0, model, choices: [], usage }),
        "data: [DONE]\n\n",
      ];
    },
  };
}
