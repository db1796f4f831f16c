import { misconfigured, RequestError } from "../wire/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../wire/limits.ts";

/** Checks of a Worker's variables. Each throws a RequestError `misconfigured`, which names the variable and quotes nothing that could be a secret. */

/** A number above 0. */
export function positiveNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw misconfigured(`${name} must be a number above 0.`);
  return value;
}

/** A switch: `1` is on; `0`, nothing and no variable are off. */
export function switchedOn(name: string, text: string | undefined): boolean {
  if (text === undefined || text === "" || text === "0") return false;
  if (text !== "1") throw misconfigured(`${name} must be 1, or 0.`);
  return true;
}

/** `LIMITS`: JSON, with some of the limits. */
export function limitsFrom(text: string | undefined): Partial<Limits> {
  if (text === undefined || text === "") return {};
  let limits: unknown;
  try {
    limits = JSON.parse(text);
  } catch {
    throw misconfigured('LIMITS must be JSON, such as {"liveRuns": 20}.');
  }
  if (typeof limits !== "object" || limits === null || Array.isArray(limits))
    throw misconfigured('LIMITS must be an object such as {"liveRuns": 20}.');
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      throw misconfigured(`LIMITS has a name that is no limit. There are ${Object.keys(DEFAULT_LIMITS).join(", ")}.`);
    if (typeof value !== "number" || !(value > 0)) throw misconfigured(`LIMITS: ${name} must be a number above 0.`);
  }
  return limits;
}

/** `ALLOWED_ORIGINS`: origins as a browser writes them, separated by commas. */
export function originsFrom(text: string | undefined): readonly string[] {
  const origins = (text ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  for (const origin of origins) {
    if (origin === "null" || /^(?!https?:)[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+$/.test(origin)) continue; // An app's own scheme.
    const meant = URL.canParse(origin) ? new URL(origin).origin : "null";
    if (meant === origin) continue;
    const remedy = meant === "null" ? "Each is a scheme, a host and a port that is not the scheme's own." : `Did you mean ${meant}?`;
    throw misconfigured(`ALLOWED_ORIGINS must be exact origins, such as https://example.com, separated by commas. ${remedy}`);
  }
  return origins;
}

/** A base URL of a provider. */
export function httpUrl(name: string, text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw misconfigured(`${name} must be an http or https URL.`);
  return text;
}

/** What goes into a header: a line feed at its end is the usual fault. */
export function headerValue(name: string, text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^[\x21-\x7e]+$/.test(text)) throw misconfigured(`${name} must be printable ASCII with no spaces and line feeds.`);
  return text;
}

/** Runs checks, and says all that is wrong at once. @throws RequestError `misconfigured` */
export function checkAll(checks: readonly (() => unknown)[]): void {
  const faults: string[] = [];
  for (const check of checks) {
    try {
      check();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      faults.push(error.message);
    }
  }
  if (faults.length > 0) throw misconfigured(faults.join(" "));
}
