// Runs over WebSocket:  k6 run -e URL=https://my-agent.example.workers.dev -e RATE=1 ws.ts
import { loadOptions } from "./load-options.ts";

export const options = loadOptions(["ws"], { timed: true });

export { runOverWs as default } from "./run-over-ws.ts";
