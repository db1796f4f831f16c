import type { RunChunk } from "@agent-transports/protocol";
import type { ScriptedRun } from "../script.ts";

/** The three that there are (WHATWG HTML §9.2.6), or a mixture. */
export type LineEnds = (line: number) => "\n" | "\r" | "\r\n";

export const lineEnds: Readonly<Record<"LF" | "CR" | "CRLF" | "mixed", LineEnds>> = {
  LF: () => "\n",
  CR: () => "\r",
  CRLF: () => "\r\n",
  mixed: (line) => (["\r\n", "\n", "\r"] as const)[line % 3]!,
};

/** An event stream as bytes, and what a reader must make of them. */
export interface ByteStream {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** By event, in order: how many bytes a reader must have had before the event counts. */
  readonly completeAt: readonly number[];
}

function delta(text: string): RunChunk {
  return { type: "text-delta", id: "0", delta: text };
}

/** A run whose text has two, three and four bytes a character, a BOM where none is to be stripped, and what JSON, but not SSE, takes for ends of lines. */
export const manyBytesRun: ScriptedRun = {
  id: "r",
  epoch: "ep-r",
  chunks: [
    { type: "start" },
    delta("é"),
    delta("漢"),
    delta("\uFEFF😀"),
    delta("\u2028\u0085"),
    { type: "data-run-end", data: { state: "finished" }, transient: true },
  ],
};

/** By event, in order: its lines, in each of the forms that the standard allows. `I` is where its id goes, `D` its data. */
const forms: readonly (readonly string[])[] = [
  ["retry: 0", "", ": é", "id: I", "data: D"],
  // A field may have no space, no value, or no colon; its name is taken literally, and one that nobody knows is ignored.
  ["data:D", "event", "foo", "\uFEFFevent: x", "Data: x", " data: x", "id:I"],
  // An event of another name, and an id without data: neither is of this protocol, and neither moves the cursor.
  ["event: x", "id: ep-r.99", "data: é", "", "id: ep-r.98", "", "id: I", "data: D"],
  // An id with NUL is ignored, before the right one and after it; of two ids the last counts.
  ["id: ep-r.9\0", "id: ep-r.97", "id: I", "id: \0", "data: D"],
  // `data` is put together with line feeds, which are white space here; what is no number of milliseconds is no `retry`.
  ["id: I", "data", "data: D", "data:", "retry", "retry: 9x", "retry: -9"],
];

/**
 * The events of {@link manyBytesRun} from number `from`, in every form.
 *
 * @param ends by the number of the line
 */
export function eventStream(ends: LineEnds, from = 1): ByteStream {
  const encoder = new TextEncoder();
  let text = "";
  let lines = 0;
  let before = "";
  const completeAt: number[] = [];
  const add = (line: string): void => {
    const end = ends(lines);
    lines += 1;
    // After CR, an empty line that ends with LF would be no line: the two are one end.
    before = line === "" && before === "\r" && end === "\n" ? "\r" : end;
    text += line + before;
  };
  for (const [index, chunk] of manyBytesRun.chunks.entries()) {
    if (index + 1 < from) continue;
    const id = `${manyBytesRun.epoch}.${index + 1}`;
    for (const line of forms[index % forms.length]!) add(line.replace("I", id).replace("D", () => JSON.stringify(chunk)));
    add("");
    // CR ends the line, whether LF follows or not.
    completeAt.push(encoder.encode(text).length - (before === "\r\n" ? 1 : 0));
  }
  return { bytes: encoder.encode(text), completeAt };
}

/** A byte order mark, before a stream. */
export function withBom(bytes: Uint8Array<ArrayBuffer>, marks = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...Array.from({ length: marks }, () => [0xef, 0xbb, 0xbf]).flat(), ...bytes]);
}

/** The pieces between these positions, in order; an empty piece is left out. */
export function cutAt(bytes: Uint8Array<ArrayBuffer>, positions: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const bounds = [0, ...positions, bytes.length];
  return bounds.slice(1).flatMap((end, index) => {
    const piece = bytes.slice(bounds[index], end);
    return piece.length === 0 ? [] : [piece];
  });
}

/** Every byte for itself. */
export function eachByte(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  return cutAt(bytes, [...bytes.keys()]);
}
