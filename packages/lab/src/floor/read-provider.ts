import { createParser } from "eventsource-parser";
import { replyMarker } from "../provider/reply-asked.ts";
import { tokenIndices } from "../provider/tokens.ts";

/**
 * The floor of a token's way: reads the provider's stream as a model client would, with no agent between.
 *
 * @param base the provider's base URL, or the same path behind the proxy
 */
export async function readReply(base: string, id: string, onToken: (index: number, at: number) => void): Promise<void> {
  const response = await fetch(`${base}/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ model: "floor", stream: true, messages: [{ role: "user", content: replyMarker(id) }] }),
  });
  if (!response.ok || response.body === null) throw new Error(`The provider answered ${response.status}.`);
  const parser = createParser({
    onEvent({ data }) {
      const at = performance.now();
      for (const index of tokenIndices(contentOf(data))) onToken(index, at);
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of response.body) parser.feed(decoder.decode(bytes, { stream: true }));
}

function contentOf(data: string): string {
  if (data === "[DONE]") return "";
  const chunk: { choices?: { delta?: { content?: string } }[] } = JSON.parse(data);
  return chunk.choices?.[0]?.delta?.content ?? "";
}
