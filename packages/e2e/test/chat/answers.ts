import type { Reply } from "@agent-transports/lab/provider";
import { createSseClient } from "@agent-transports/sse-client";

/** So many words, one each `everyMs`. */
export function reply(count: number, everyMs: number): Reply {
  return {
    tokens: Array.from({ length: count }, (_, index) => `word${index} `),
    dueMs: Array.from({ length: count }, (_, index) => index * everyMs),
  };
}

/** Long enough to do something in its middle. */
export const long: Reply = reply(60, 40);
/** Not over before a test on a busy machine has stopped it. */
export const longer: Reply = reply(600, 40);
export const longText: string = long.tokens.join("");

/** Every run of an agent, newest first. */
export async function runsOf(url: URL, name: string): Promise<{ readonly id: string; readonly state: string }[]> {
  const response = await fetch(new URL(`/agents/transport-agent/${name}/runs`, url));
  return ((await response.json()) as { runs: { id: string; state: string }[] }).runs;
}

/** The text of an agent's newest run, by its log. */
export async function newestText(url: URL, name: string): Promise<string> {
  using client = createSseClient({ url, name });
  let text = "";
  const [newest] = await runsOf(url, name);
  for await (const { data } of client.resume(newest?.id ?? "")) if (data.type === "text-delta") text += data.delta;
  return text;
}
