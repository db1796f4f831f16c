import { LinkError } from "./errors.ts";
import type { LinkPath } from "./path.ts";
import type { LinkProfile } from "./profiles.ts";
import { readTrace, summaryOf, type Trace } from "./trace.ts";

/** What a recording does not have: how long a packet is under way, and how much waits before the link. */
export interface RecordedLinkOptions {
  /** Each way. */
  readonly delayMs?: number;
  readonly queueBytes?: number;
}

/** Assumed: 40 ms of round trip beside the waiting for opportunities. */
const DELAY_MS = 20;
/** Long, as a cell's queue is: 1 s at 12 Mbit/s. */
const QUEUE_BYTES = 1_500_000;

/**
 * A recorded link from two files in Mahimahi's format.
 *
 * @param files `FILE.down,FILE.up`
 * @throws LinkError
 */
export async function recordedLink(files: string, options: RecordedLinkOptions = {}): Promise<LinkProfile> {
  const [down, up, ...more] = files.split(",");
  if (down === undefined || up === undefined || down === "" || up === "" || more.length > 0) {
    throw new LinkError("trace_unreadable", `A recorded link is two files, as in FILE.down,FILE.up: ${JSON.stringify(files)} is not.`);
  }
  const { delayMs = DELAY_MS, queueBytes = QUEUE_BYTES } = options;
  const traces = await Promise.all([readTrace(down), readTrace(up)]);
  const path = (trace: Trace): LinkPath => ({ delayMs, capacity: { trace }, queueBytes });
  const said = traces.map((trace) => {
    const { durationMs, meanBitsPerSecond, longestSilenceMs } = summaryOf(trace);
    return `${trace.name}: ${(durationMs / 1_000).toFixed(0)} s, ${(meanBitsPerSecond / 1e6).toFixed(1)} Mbit/s, silent for up to ${longestSilenceMs} ms`;
  });
  return { name: traces[0].name, source: `recorded (${said.join("; ")})`, down: path(traces[0]), up: path(traces[1]) };
}
