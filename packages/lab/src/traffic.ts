import { readFile } from "node:fs/promises";
import { basename } from "node:path";

/** What real traffic looks like: how long replies are, and how far apart requests come. */
export interface Traffic {
  readonly name: string;
  /** Tokens of the next reply. */
  replyLength(random: () => number): number;
  /** Tokens of a reply that a share of all replies is no longer than. Nothing is drawn. */
  lengthQuantile(share: number): number;
  /** Milliseconds until the next request. */
  arrivalGapMs(random: () => number): number;
}

/**
 * Quantiles of GeneratedTokens and the request rate of the conversation trace of the Azure LLM inference traces, 16 November 2023
 * (Azure/AzurePublicDataset, CC-BY 4.0, Microsoft).
 */
const azureConversations = {
  requestsPerSecond: 5.53,
  lengths: [
    [0, 1],
    [0.01, 16],
    [0.05, 41],
    [0.1, 54],
    [0.25, 85],
    [0.5, 129],
    [0.75, 395],
    [0.9, 424],
    [0.95, 451],
    [0.99, 601],
    [0.999, 954],
    [1, 1000],
  ],
} as const;

/** The quantiles of Azure's conversations, with straight lines between. */
export function builtInTraffic(): Traffic {
  return {
    name: "Azure LLM conversations 2023 (quantiles)",
    replyLength: (random) => Math.round(interpolate(azureConversations.lengths, random())),
    lengthQuantile: (share) => Math.round(interpolate(azureConversations.lengths, share)),
    // A Poisson process: the quantiles say nothing of how arrivals cluster.
    arrivalGapMs: (random) => (-Math.log(1 - random()) / azureConversations.requestsPerSecond) * 1000,
  };
}

function interpolate(points: readonly (readonly [number, number])[], at: number): number {
  let [x0, y0] = points[0] ?? [0, 0];
  for (const [x, y] of points) {
    if (at <= x) return x === x0 ? y : y0 + ((y - y0) * (at - x0)) / (x - x0);
    [x0, y0] = [x, y];
  }
  return y0;
}

/** A trace that cannot be replayed; the message names the file, the line and what was expected there. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}

interface Row {
  readonly atMs: number;
  readonly tokens: number;
}

/**
 * Replays the rows of a trace in order, from a row that the seed chooses, and from the first again after the last.
 *
 * @param path a CSV with the columns TIMESTAMP and GeneratedTokens, as Azure's
 * @throws TraceError
 */
export async function traceTraffic(path: string): Promise<Traffic> {
  const rows = await readTrace(path);
  const sorted = rows.map(({ tokens }) => tokens).toSorted((a, b) => a - b);
  let lengths: number | undefined;
  let gaps: number | undefined;
  return {
    name: basename(path),
    replyLength(random) {
      lengths = (lengths ?? Math.floor(random() * rows.length)) % rows.length;
      return rows[lengths++]?.tokens ?? 1;
    },
    lengthQuantile: (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 1,
    arrivalGapMs(random) {
      gaps = (gaps ?? Math.floor(random() * rows.length)) % rows.length;
      const here = rows[gaps++];
      const next = rows[gaps];
      return here === undefined || next === undefined ? 0 : Math.max(0, next.atMs - here.atMs);
    },
  };
}

/** The milliseconds between the requests of a trace, in its order. @param path as of {@link traceTraffic}. @throws TraceError */
export async function traceGapsMs(path: string): Promise<number[]> {
  const rows = await readTrace(path);
  if (rows.length < 3) throw new TraceError(`The trace ${path} has ${rows.length} rows; three are needed for gaps between them.`);
  return rows.slice(1).map(({ atMs }, index) => Math.max(0, atMs - (rows[index]?.atMs ?? atMs)));
}

async function readTrace(path: string): Promise<Row[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new TraceError(`The trace ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
  return parseTrace(text, path);
}

function parseTrace(text: string, path: string): Row[] {
  const [header = "", ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const columns = header.split(",").map((name) => name.trim());
  const time = columns.indexOf("TIMESTAMP");
  const generated = columns.indexOf("GeneratedTokens");
  if (time < 0 || generated < 0) {
    throw new TraceError(`The trace ${path} has the columns ${columns.join(", ")}; TIMESTAMP and GeneratedTokens are needed.`);
  }
  const rows: Row[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const cells = line.split(",");
    const tokens = Number(cells[generated]);
    // Azure's stamps have seven digits behind the second; Date knows three.
    const atMs = Date.parse(
      `${(cells[time] ?? "")
        .trim()
        .replace(" ", "T")
        .replace(/(\.\d{3})\d*$/, "$1")}Z`,
    );
    if (!Number.isInteger(tokens) || tokens < 1 || Number.isNaN(atMs)) {
      throw new TraceError(`The trace ${path}, line ${index + 2}: ${line.slice(0, 80)} has no time, or no count of tokens above 0.`);
    }
    rows.push({ atMs, tokens });
  }
  if (rows.length === 0) throw new TraceError(`The trace ${path} has no rows.`);
  return rows;
}
