import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { LinkError } from "./errors.ts";

/**
 * One direction of a recorded link, in Mahimahi's format: a line for each opportunity to deliver a packet, with the millisecond at which it came.
 * It is repeated from the last one on. R. Netravali et al., "Mahimahi: Accurate Record-and-Replay for HTTP", USENIX ATC 2015.
 */
export interface Trace {
  readonly name: string;
  /** Ascending; several in one millisecond are several times here. */
  readonly atMs: readonly number[];
  /** How long it is: its last opportunity. */
  readonly periodMs: number;
}

/** Bytes of one opportunity: `PACKET_SIZE` in Mahimahi's `link_queue.hh`, which is 1,500 of IP and the 4 of TUN's own header. */
export const OPPORTUNITY_BYTES = 1_504;
/** What Mahimahi reads from its TUN device before each packet of IP, and counts with it. */
export const TUN_HEADER_BYTES = 4;

/** @throws LinkError */
export async function readTrace(path: string): Promise<Trace> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new LinkError(
      "trace_unreadable",
      `The recorded link ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      cause,
    );
  }
  return parseTrace(text, basename(path));
}

/** @throws LinkError which names the line */
export function parseTrace(text: string, name: string): Trace {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const atMs: number[] = [];
  for (const [index, line] of lines.entries()) {
    const at = Number(line);
    if (!/^\d+$/.test(line) || !Number.isSafeInteger(at)) {
      throw new LinkError(
        "trace_not_a_time",
        `The recorded link ${name}, line ${index + 1}: ${JSON.stringify(line.slice(0, 40))} is no whole number of milliseconds. Each line is the time of one packet, as in Mahimahi's traces.`,
      );
    }
    const before = atMs.at(-1);
    if (before !== undefined && at < before) {
      throw new LinkError(
        "trace_goes_back",
        `The recorded link ${name}, line ${index + 1}: ${at} ms comes after ${before} ms. Sort the lines by time.`,
      );
    }
    atMs.push(at);
  }
  const periodMs = atMs.at(-1);
  if (periodMs === undefined) throw new LinkError("trace_empty", `The recorded link ${name} has no lines. It needs one for each packet.`);
  if (periodMs === 0) {
    throw new LinkError(
      "trace_without_length",
      `The recorded link ${name} ends at 0 ms, so that it cannot be repeated. Its last line must be above 0.`,
    );
  }
  return { name, atMs, periodMs };
}

export interface TraceSummary {
  readonly durationMs: number;
  readonly meanBitsPerSecond: number;
  /** The longest time with no opportunity, that across its repetition included. */
  readonly longestSilenceMs: number;
}

export function summaryOf({ atMs, periodMs }: Trace): TraceSummary {
  let before = 0;
  let longestSilenceMs = 0;
  for (const at of atMs) {
    longestSilenceMs = Math.max(longestSilenceMs, at - before);
    before = at;
  }
  return { durationMs: periodMs, meanBitsPerSecond: (atMs.length * OPPORTUNITY_BYTES * 8 * 1_000) / periodMs, longestSilenceMs };
}
