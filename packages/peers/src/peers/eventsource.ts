import { AGENT_SEGMENT } from "@agent-transports/protocol";
import { EventSource } from "eventsource";
import { onlyMessage } from "../application.ts";
import { EventSourceApplication, postForJson } from "../event-source-application.ts";
import type { PeerWith } from "../peer.ts";
import { eventsPath, giveText, never } from "../reader.ts";

/** `eventsource` of npm, which is the WHATWG's interface; its defaults, its own `fetch`. */
export const eventsource: PeerWith<"reader" | "application" | "bundle"> = {
  id: "eventsource",
  label: "eventsource",
  transport: "sse",
  reader: {
    label: "eventsource, JSON.parse",
    connect: ({ url, fetch }) => ({
      open(run, onEvent) {
        const source = new EventSource(new URL(eventsPath(run), url), fetch && { fetch });
        source.onmessage = ({ data }) => void giveText(String(data), onEvent);
        return { failed: never, close: () => source.close() };
      },
      close: () => undefined,
    }),
  },
  application: {
    label: "eventsource (npm)",
    agent: "ours",
    connect: (url, agent) =>
      new EventSourceApplication(async (prompt) => {
        const runs = new URL(`/agents/${AGENT_SEGMENT}/${agent}/runs`, url);
        const response = await postForJson(runs, { messages: [onlyMessage(prompt)] });
        const { events }: { events: string } = await response.json();
        return new URL(events, url);
      }),
  },
  bundle: { source: 'export { EventSource } from "eventsource"' },
};
