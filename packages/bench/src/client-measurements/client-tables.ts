import { figureTable, type Figure, type FigureTable } from "../rounds/figures.ts";
import { BACK_WITHIN_MS } from "./reconnection/connection-faults.ts";
import { clientTests, type ClientSample } from "./client-tests.ts";

type ClientFigure = Figure<ClientSample>;

/** Whose versions a table hangs on. */
export const measuredPackages = [
  "eventsource-parser",
  "eventsource",
  "@microsoft/fetch-event-source",
  "partysocket",
  "agents",
  "esbuild",
] as const;

const most = (values: readonly number[]): number => Math.max(...values);

/** The median of an odd number of rounds, the upper of the two middle ones of an even one: between a figure and infinity nothing stands. */
const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const figure = (name: string, head: string, digits: number, more: Partial<ClientFigure> & { readonly per?: number } = {}): ClientFigure => {
  const { per = 1, ...rest } = more;
  return { head, digits, compared: false, of: ({ figures }) => (figures[name] ?? Number.NaN) / per, ...rest };
};

const CPU: readonly ClientFigure[] = [figure("cpuUs", "CPU µs/event", 3, { compared: true }), figure("wallUs", "µs/event", 3)];
const BACK: readonly ClientFigure[] = [
  figure("backMs", "s to the next new event", 3, { per: 1000, over: middle, infinite: `not within ${BACK_WITHIN_MS / 1000} s` }),
  figure("backMs", "most", 3, { per: 1000, over: most, infinite: `not within ${BACK_WITHIN_MS / 1000} s` }),
  figure("awayMs", "of which the server was away", 3, { per: 1000 }),
  figure("lost", "lost", 0, { over: most }),
  figure("repeated", "repeated", 0, { over: most }),
  figure("reordered", "reordered", 0, { over: most }),
];
const KIB = 1024;
const MEMORY: readonly ClientFigure[] = [
  figure("bytesAtHalf", "KiB more at half", 0, { per: KIB }),
  figure("bytesAtEnd", "at the end", 0, { per: KIB }),
  figure("bytesPerRun", "bytes/run", 0),
  figure("handles", "handles more", 0, { over: most }),
];
const MB = 1e6;
const SLOW: readonly ClientFigure[] = [
  figure("sentBytes", "MB sent", 0, { per: MB }),
  figure("heldBytes", "MB held: most", 1, { per: MB, over: most }),
  figure("peakBytes", "with garbage", 1, { per: MB, over: most }),
  figure("wallMs", "s", 1, { per: 1000 }),
];
const KB = 1000;
const SIZE: readonly ClientFigure[] = [
  figure("minBytes", "kB min", 2, { per: KB }),
  figure("gzipBytes", "kB min+gzip", 2, { per: KB, compared: true }),
];

/** By the first word of a test's id. */
const byKind: Readonly<Record<string, readonly ClientFigure[]>> = { events: CPU, back: BACK, memory: MEMORY, slow: SLOW, size: SIZE };

/** Of each test that has samples: figures over the rounds, and their ratios to named peers in the same run. */
export function clientFigures(samples: readonly ClientSample[]): FigureTable[] {
  return clientTests.flatMap((test) => {
    const figures = byKind[test.id.split("-")[0] ?? ""];
    if (figures === undefined) throw new Error(`${test.id} has no figures.`);
    const known = figures.filter(({ of }) => samples.some((sample) => sample.test === test.id && !Number.isNaN(of(sample))));
    return figureTable(test, samples, known, test.peers) ?? [];
  });
}
