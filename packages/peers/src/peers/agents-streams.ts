import { agentUrl } from "../agent-stream.ts";
import { EventSourceApplication, postForJson } from "../event-source-application.ts";
import type { PeerWith } from "../peer.ts";

const segment = "streams-agent";

/** The Agents SDK's durable streams, over their own event stream. A stream's id is its reader's to choose. */
export const agentsStreams: PeerWith<"agent" | "application"> = {
  id: "streams",
  label: "agents/streams",
  transport: "sse",
  agent: {
    label: "agents/streams with sseResponse",
    segment,
    durable: true,
    fills: true,
    // Its appends grow with the log: 20 MB took 10 s here, and 100 MB 207 s.
    fillsAtMost: 20,
    ask(to, prompt) {
      const stream = crypto.randomUUID();
      return { over: "http", url: agentUrl(to, segment, `?stream=${stream}`), body: { prompt }, handle: () => stream };
    },
    replay: (to, stream) => ({ over: "http", url: agentUrl(to, segment, `?stream=${stream}`) }),
  },
  application: {
    agent: "peers",
    connect: (url, agent) =>
      new EventSourceApplication(async (prompt) => {
        const events = agentUrl({ base: url, agent }, segment, `?stream=${crypto.randomUUID()}`);
        await (await postForJson(events, { prompt })).arrayBuffer();
        return events;
      }),
  },
};
