/** In the page: follows a run of our Agent with the browser's own `EventSource` and `WebSocket`, as a page does that has none of our code. */
import type { RunEvent } from "@agent-transports/client-core";
import { AGENT_SEGMENT, formatEventId, parseEventId, type RunChunk, type RunInput } from "@agent-transports/protocol";

export interface RunInPage {
  readonly agent: string;
  readonly input: RunInput;
  readonly heartbeatMs: number;
}

/** What a page sees of a run, in the order in which it happens. */
export interface Seen {
  /** A connection was opened, and what follows comes on it. */
  opened(): void;
  event(event: RunEvent): void;
}

/** The browser's `EventSource`: after a loss it waits, and asks for what follows its last id, by itself. @returns what closes it */
export async function openEventSource({ agent, input, heartbeatMs }: RunInPage, seen: Seen): Promise<() => void> {
  const response = await fetch(`${pathOf(agent)}/runs`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(input),
  });
  const run: { readonly events: string } = await response.json();
  const source = new EventSource(`${run.events}?heartbeat=${heartbeatMs}`);
  source.onopen = () => seen.opened();
  source.onmessage = ({ lastEventId, data }) => seen.event({ id: lastEventId, data: JSON.parse(String(data)) });
  return () => source.close();
}

type Frame =
  | { readonly type: "started"; readonly run: { readonly id: string } }
  | { readonly type: "events"; readonly id: string; readonly events: readonly RunChunk[] }
  | { readonly type: "resumed" };

/**
 * The browser's `WebSocket`, which a loss ends.
 *
 * @param byHand opens another at once and asks for what follows the last id: the least that a page can do, with no wait between tries and nothing that notices a silence
 * @returns what closes it
 */
export function openWebSocket({ agent, input }: RunInPage, seen: Seen, byHand: boolean): () => void {
  const url = `${location.origin.replace("http", "ws")}${pathOf(agent)}?v=1`;
  const key = crypto.randomUUID();
  let run: string | undefined;
  let last: string | undefined;
  let socket: WebSocket;
  const open = (): void => {
    socket = new WebSocket(run === undefined ? url : `${url}&resume=${run}${last === undefined ? "" : `:${last}`}`);
    socket.onopen = () => {
      seen.opened();
      if (run === undefined) socket.send(JSON.stringify({ type: "start", key, input }));
    };
    socket.onmessage = ({ data }) => {
      const frame: Frame = JSON.parse(String(data));
      if (frame.type === "started") run = frame.run.id;
      if (frame.type !== "events") return;
      for (const event of eventsOf(frame)) {
        last = event.id;
        seen.event(event);
      }
    };
    if (byHand) socket.onclose = open;
  };
  open();
  return () => {
    socket.onclose = null;
    socket.close();
  };
}

/** PROTOCOL.md §4.2: a frame's id is its first event's, and the others follow. */
function eventsOf({ id, events }: Extract<Frame, { type: "events" }>): RunEvent[] {
  const first = parseEventId(id);
  if (first === undefined) throw new Error(`${id} is not an event id.`);
  return events.map((data, index) => ({ id: formatEventId(first.epoch, first.seq + index), data }));
}

function pathOf(agent: string): string {
  return `/agents/${AGENT_SEGMENT}/${agent}`;
}
