import { postedPrompt } from "../agent-stream.ts";
import type { PeerWith } from "../peer.ts";

/** The response that the AI SDK itself makes of a model's stream. */
export const uiStream: PeerWith<"agent"> = {
  id: "ui-stream",
  label: "AI SDK's UI stream response, no log",
  transport: "sse",
  agent: { segment: "ui-stream-agent", durable: false, fills: false, ask: postedPrompt("ui-stream-agent") },
};
