// Runs over Server-Sent Events:  k6 run -e URL=https://my-agent.example.workers.dev -e RATE=1 sse.ts
//
// k6 has no event streams of its own: it hands over a response when it is whole. With the extension xk6-sse, take sse-events.ts. They are two
// files because k6 finds all modules before a script runs: a script cannot ask whether one is there.
import { loadOptions } from "./load-options.ts";

export const options = loadOptions(["sse"], { timed: false });

export { runOverSse as default } from "./run-over-sse.ts";
