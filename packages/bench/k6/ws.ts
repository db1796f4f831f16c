// Runs over WebSocket, at an arrival rate:  k6 run -e URL=https://my-agent.example.workers.dev -e RATE=1 ws.ts
import { Trend } from "k6/metrics";
import { clearTimeout, setTimeout } from "k6/timers";
import { WebSocket } from "k6/websockets";
import { agentName, headers, input, loadOptions, record, target, type SeenEvent } from "./run-check.ts";

export const options = loadOptions;

const firstEvent = new Trend("first_event", true);

interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly events?: readonly { readonly type: string; readonly data?: { readonly state?: string } }[];
}

export default function run(): Promise<void> {
  const startedAt = Date.now();
  const events: SeenEvent[] = [];
  const socket = new WebSocket(`${target.replace(/^http/, "ws")}/agents/transport-agent/${agentName("ws")}?v=1`, null, { headers });
  return new Promise((resolve) => {
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      clearTimeout(limit);
      record(events, startedAt);
      socket.close();
      resolve();
    };
    // A run that takes longer has failed: an iteration ends.
    const limit = setTimeout(end, 120_000);
    socket.onopen = () => socket.send(JSON.stringify({ type: "start", key: `k6-${startedAt}-${Math.random()}`, input }));
    socket.onmessage = (message) => {
      if (typeof message?.data !== "string") return;
      const frame: Frame = JSON.parse(message.data);
      if (frame.type === "error") end();
      if (frame.type !== "events" || frame.id === undefined) return;
      if (events.length === 0) firstEvent.add(Date.now() - startedAt);
      const [epoch, first] = frame.id.split(".");
      for (const [index, chunk] of (frame.events ?? []).entries()) {
        events.push({ id: `${epoch}.${Number(first) + index}`, type: chunk.type, state: chunk.data?.state });
      }
      if (events[events.length - 1]?.type === "data-run-end") end();
    };
    socket.onerror = end;
    socket.onclose = end;
  });
}
