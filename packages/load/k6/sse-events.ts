// Runs over Server-Sent Events, event by event. Needs k6 with the extension xk6-sse (k6/x/sse), which holds a virtual user for each stream:
//   k6 run -e URL=https://my-agent.example.workers.dev -e RATE=1 sse-events.ts
import sse from "k6/x/sse";
import { loadOptions } from "./load-options.ts";
import { eventOf } from "./read-stream.ts";
import { headers, RunRecord } from "./run-record.ts";
import { input, runsUrl } from "./run-over-sse.ts";

export const options = loadOptions(["sse"], { timed: true });

const params = {
  method: "POST",
  body: JSON.stringify(input),
  headers: { ...headers, "Content-Type": "application/json", Accept: "text/event-stream" },
  tags: { name: "start and follow" },
};

export default function run(): void {
  const record = new RunRecord("sse");
  const seen = { openAt: Date.now(), hasEvents: false, isClosing: false, isGivenUp: false };
  /** What a listener throws ends `sse.open`, also where the stream goes on. To close it there would wait for the rest of it. */
  const giveUp = (): never => {
    seen.isGivenUp = true;
    throw new Error("The stream is given up.");
  };
  let status = 0;
  try {
    ({ status } = sse.open(runsUrl(), params, (client) => {
      client.on("open", () => (seen.openAt = Date.now()));
      client.on("event", ({ id, data }) => {
        // Also at a heartbeat, which is a comment: the extension hands it over without an id.
        if (record.isLate) giveUp();
        if (id === "" || data === "") return;
        seen.hasEvents = true;
        if (!record.saw([eventOf(id, data)])) return;
        seen.isClosing = true;
        client.close();
      });
      client.on("error", () => {
        // Nothing else ends a stream that broke. Where it breaks while it is being closed, this is called within that, and must not close it again:
        // the extension would wait for itself.
        if (!seen.isClosing) giveUp();
      });
    }));
  } catch (error) {
    if (!seen.isGivenUp) {
      record.end(false);
      throw error;
    }
  }
  // Whoever refuses a run answers too, with another status.
  if (status === 200 || seen.hasEvents) record.opened(seen.openAt);
  record.end(status === 200);
}
