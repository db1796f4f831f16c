// Runs over both transports in turn:  k6 run -e URL=https://my-agent.example.workers.dev -e RATE=1 mixed.ts
import execution from "k6/execution";
import { loadOptions } from "./load-options.ts";
import { runOverSse } from "./run-over-sse.ts";
import { runOverWs } from "./run-over-ws.ts";

// Over SSE k6 sees no first event, so a threshold on it is one of ws.ts.
export const options = loadOptions(["sse", "ws"], { timed: false });

export default async function run(): Promise<void> {
  await (execution.scenario.iterationInTest % 2 === 0 ? runOverSse() : runOverWs());
}
