import { ChaosUsageError } from "./errors.ts";
import { KINDS } from "./faults/index.ts";
import { TRANSPORTS, type TransportName } from "./plan/scenario.ts";

/** What `parseArgs` throws, in our words. @param flags that there are */
export function notParsed(error: unknown, argv: readonly string[], flags: object): ChaosUsageError {
  const unknown = argv.find((one) => one.startsWith("--") && !Object.hasOwn(flags, one.slice(2).split("=")[0] ?? ""));
  if (unknown !== undefined) return new ChaosUsageError("unknown_option", `There is no option ${unknown}. See --help.`, error);
  const what = error instanceof Error ? error.message.split(". ")[0] : String(error);
  return new ChaosUsageError("missing_value", `${what}. See --help.`, error);
}

/** @throws ChaosUsageError, as all of these */
export function wholeOf(name: string, text: string | undefined, byDefault: number, from: number, to: number): number {
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  throw new ChaosUsageError("invalid_value", `--${name} ${text}: give a whole number from ${from} to ${to}.`);
}

/** In milliseconds. */
export function durationOf(name: string, text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? [];
  const ms = { s: 1_000, m: 60_000, h: 3_600_000 };
  if ((unit === "s" || unit === "m" || unit === "h") && Number(amount) > 0) return Number(amount) * ms[unit];
  throw new ChaosUsageError("invalid_value", `--${name} ${text}: give a time such as 90s, 10m or 1h.`);
}

export function transportsOf(text = "both"): readonly TransportName[] {
  const transports = TRANSPORTS.filter((one) => text === "both" || text === one);
  if (transports.length > 0) return transports;
  throw new ChaosUsageError("invalid_value", `--transport ${text}: give sse, ws or both.`);
}

export function kindsOf(text: string | undefined): readonly string[] {
  if (text === undefined) return KINDS;
  const kinds = text.split(",").map((one) => one.trim());
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown === undefined) return kinds;
  throw new ChaosUsageError("unknown_fault", `--faults: there is no fault "${unknown}". There are ${KINDS.join(", ")}.`);
}
