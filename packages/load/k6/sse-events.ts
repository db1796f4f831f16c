// Runs over Server-Sent Events, event by event. Needs k6 with the extension xk6-sse (k6/x/sse), which holds a virtual user for each stream:
//   k6 run -e URL=https://my-agent.example.workers.dev -e RATE=1 sse-events.ts
import sse from "k6/x/sse";
import { loadOptions } from "./load-options.ts";
import { eventOf } from "./read-stream.ts";
import { headers, RunRecord } from "./run-record.ts";
import { input, runsUrl } from "./run-over-sse.ts";

export const options = loadOptions(["sse"], { timed: true });

export default function run(): void {
  const record = new RunRecord("sse");
  const params = {
    method: "POST",
    body: JSON.stringify(input),
    headers: { ...headers, "Content-Type": "application/json", Accept: "text/event-stream" },
    tags: { name: "start and follow" },
  };
  let cutOff = false;
  const { status } = sse.open(runsUrl(), params, (client) => {
    client.on("open", () => record.opened());
    client.on("event", ({ id, data }) => {
      // A heartbeat is a comment, and the extension hands it over without an id.
      if (id !== "" && data !== "" && record.saw([eventOf(id, data)])) client.close();
    });
    client.on("error", () => {
      cutOff = true;
      client.close();
    });
  });
  record.end(status === 200 && !cutOff);
}
