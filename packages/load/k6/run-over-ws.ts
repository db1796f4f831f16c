import { clearTimeout, setTimeout } from "k6/timers";
import { WebSocket } from "k6/websockets";
import { RUN_LIMIT_MS } from "../src/script/run-limit.ts";
import { eventsOfFrame } from "./read-stream.ts";
import { agentPath, headers, RunRecord, target } from "./run-record.ts";
import { input } from "./run-over-sse.ts";

export function runOverWs(): Promise<void> {
  const record = new RunRecord("ws");
  const socket = new WebSocket(`${target.replace(/^http/, "ws")}${agentPath()}?v=1`, null, { headers });
  return new Promise((resolve) => {
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      clearTimeout(limit);
      // A socket that closes says nothing of the run, as a response that is whole does.
      record.end(false);
      socket.close();
      resolve();
    };
    const limit = setTimeout(end, RUN_LIMIT_MS);
    let openAt: number | undefined;
    socket.onopen = () => {
      openAt = Date.now();
      socket.send(JSON.stringify({ type: "start", key: `k6-${Date.now()}-${Math.random()}`, input }));
    };
    socket.onmessage = (message) => {
      const events = typeof message?.data === "string" ? eventsOfFrame(message.data) : [];
      if (events === undefined) return end();
      // Whoever is refused has an open socket too, for a moment, and an error on it.
      if (openAt !== undefined) record.opened(openAt);
      openAt = undefined;
      if (record.saw(events)) end();
    };
    socket.onerror = end;
    socket.onclose = end;
  });
}
