// Reads events as the wire has them (PROTOCOL.md §3.2, §4).
import type { SeenEvent } from "./run-record.ts";

/** What starts a run, whole: no agent's conversation grows with the load. */
export { QUESTION } from "../src/plan/scenario-list.ts";

interface Chunk {
  readonly type: string;
  readonly data?: { readonly state?: string };
}

/** A whole event stream. */
export function eventsOfStream(stream: string): SeenEvent[] {
  return stream.split("\n\n").flatMap((block) => {
    const id = /^id: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    return id === undefined || data === undefined ? [] : [eventOf(id, data)];
  });
}

/** One event of a stream. */
export function eventOf(id: string, data: string): SeenEvent {
  const { type, data: inner }: Chunk = JSON.parse(data);
  return { id, type, state: inner?.state };
}

interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly events?: readonly Chunk[];
}

/** A frame's events; `undefined` where it says that the run cannot be followed. */
export function eventsOfFrame(text: string): SeenEvent[] | undefined {
  const { type, id, events = [] }: Frame = JSON.parse(text);
  if (type === "error") return undefined;
  if (type !== "events" || id === undefined) return [];
  const [epoch, first] = id.split(".");
  return events.map((chunk, index) => ({ id: `${epoch}.${Number(first) + index}`, type: chunk.type, state: chunk.data?.state }));
}
