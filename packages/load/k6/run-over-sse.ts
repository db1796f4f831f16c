import http from "k6/http";
import { RUN_LIMIT_MS } from "../src/script/run-limit.ts";
import { eventsOfStream, QUESTION } from "./read-stream.ts";
import { agentPath, headers, RunRecord, target } from "./run-record.ts";

export const input = { messages: [{ id: "m", role: "user", parts: [{ type: "text", text: QUESTION }] }] };

/** A run as one response: its duration and every id are checked, and when its events came is not seen. */
export async function runOverSse(): Promise<void> {
  const record = new RunRecord("sse");
  const response = await http.asyncRequest("POST", runsUrl(), JSON.stringify(input), {
    headers: { ...headers, "Content-Type": "application/json", Accept: "text/event-stream" },
    timeout: RUN_LIMIT_MS,
    tags: { name: "start and follow" },
  });
  const stream = response.status === 200 && typeof response.body === "string" ? response.body : undefined;
  record.sawLate(stream === undefined ? [] : eventsOfStream(stream));
  record.end(stream !== undefined);
}

export function runsUrl(): string {
  return `${target}${agentPath()}/runs`;
}
