/** A quantile, as far as it is known: of one report it is one value, of several it is between two. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** A distribution, in the metric's unit. */
export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly p50: Bounds;
  readonly p95: Bounds;
  readonly p99: Bounds;
}

/** What was counted and timed. */
interface Figures {
  readonly counters: Readonly<Record<string, number>>;
  readonly distributions: Readonly<Record<string, Distribution>>;
}

/** What `artillery run --output` leaves, or several of them added up. */
export interface LoadResult extends Figures {
  /** In order. None of several reports, whose clocks differ. */
  readonly periods: readonly Period[];
}

/** Ten seconds of a test, as the wall clock divides it: its first and its last period are shorter. */
export interface Period extends Figures {
  readonly seconds: number;
}

const PERIOD_MS = 10_000;

/** A file that is no report of Artillery's. The message says what is missing. */
export class ReportError extends Error {
  override readonly name = "ReportError";
}

/** @param json of a file. @param file names it in errors. @throws ReportError */
export function readReport(json: unknown, file: string): LoadResult {
  if (!isRecord(json) || !isRecord(json["aggregate"])) {
    throw new ReportError(`${file} is no report of artillery run --output: it has no "aggregate".`);
  }
  const intermediate = json["intermediate"];
  return {
    ...figuresOf(json["aggregate"], file),
    periods: Array.isArray(intermediate)
      ? intermediate.map((one: unknown, index) => {
          const ends = { first: index === 0, last: index === intermediate.length - 1 };
          return { ...figuresOf(one, file), seconds: secondsOf(one, ends) };
        })
      : [],
  };
}

/**
 * A period within the test has ten seconds. In the first one Artillery says when the first count was, and in the last one when the last was. Where it
 * counted nothing in them, they are whole.
 */
function secondsOf(period: unknown, { first, last }: { readonly first: boolean; readonly last: boolean }): number {
  const at = (key: string): number => (isRecord(period) ? Number(period[key]) : Number.NaN);
  const startMs = at("period");
  const fromMs = first ? at("firstCounterAt") : startMs;
  const toMs = last ? at("lastCounterAt") : startMs + PERIOD_MS;
  return (Number.isFinite(toMs - fromMs) ? toMs - fromMs : PERIOD_MS) / 1_000;
}

function figuresOf(period: unknown, file: string): Figures {
  const { counters = {}, summaries = {} } = isRecord(period) ? period : {};
  if (!isRecord(counters) || !isRecord(summaries)) throw new ReportError(`${file} has counters or summaries that are none.`);
  return {
    counters: Object.fromEntries(Object.entries(counters).map(([name, count]) => [name, numberOf(count, name, file)])),
    distributions: Object.fromEntries(Object.entries(summaries).map(([name, summary]) => [name, distributionOf(summary, name, file)])),
  };
}

function distributionOf(summary: unknown, name: string, file: string): Distribution {
  const value = (key: string): number => numberOf(isRecord(summary) ? summary[key] : undefined, `${name}.${key}`, file);
  const exactly = (key: string): Bounds => ({ low: value(key), high: value(key) });
  return {
    count: value("count"),
    min: value("min"),
    max: value("max"),
    mean: value("mean"),
    p50: exactly("p50"),
    p95: exactly("p95"),
    p99: exactly("p99"),
  };
}

function numberOf(value: unknown, name: string, file: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ReportError(`${file} has no number for ${name}.`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
