// Runs over Server-Sent Events, at an arrival rate:  k6 run -e URL=https://my-agent.example.workers.dev -e RATE=1 sse.ts
//
// k6 has no event streams of its own: it hands over a response when it is whole. So a run's duration and every event id are
// checked, and the first event's time is not seen; `http_req_waiting` is the time to the stream's first byte.
import http from "k6/http";
import { agentName, headers, input, loadOptions, record, target, type SeenEvent } from "./run-check.ts";

export const options = loadOptions;

export default async function run(): Promise<void> {
  const startedAt = Date.now();
  const url = `${target}/agents/transport-agent/${agentName("sse")}/runs`;
  const response = await http.asyncRequest("POST", url, JSON.stringify(input), {
    headers: { ...headers, "Content-Type": "application/json", Accept: "text/event-stream" },
    timeout: "120s",
    tags: { name: "start and follow" },
  });
  record(response.status === 200 && typeof response.body === "string" ? eventsOf(response.body) : [], startedAt);
}

function eventsOf(stream: string): SeenEvent[] {
  const events: SeenEvent[] = [];
  for (const block of stream.split("\n\n")) {
    const id = /^id: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (id === undefined || data === undefined) continue;
    const chunk: { type: string; data?: { state?: string } } = JSON.parse(data);
    events.push({ id, type: chunk.type, state: chunk.data?.state });
  }
  return events;
}
