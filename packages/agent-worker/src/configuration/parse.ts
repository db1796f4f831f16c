import { tokensFrom } from "../access/authorize.ts";
import type { Grant } from "../access/grant.ts";
import { checkSecret } from "../access/tickets.ts";
import { DEFAULT_DURABILITY, DURABILITY_WINDOWS_MS, type Durability } from "../runs/durability.ts";
import { misconfigured } from "../wire/errors.ts";
import { limitFault, type Limits } from "../wire/limits.ts";

/**
 * How the Worker's variables are read. Each function is given a variable's name and its text, `undefined` where it is not set. What it throws is a RequestError
 * `misconfigured`, which names the variable and quotes nothing that could be a secret.
 */

/** A number above 0. */
export function positiveNumber(fallback: number) {
  return (name: string, text: string | undefined): number => {
    if (text === undefined || text === "") return fallback;
    const value = Number(text);
    if (!Number.isFinite(value) || value <= 0) throw misconfigured(`${name} must be a number above 0.`);
    return value;
  };
}

/** A number of things: 1, 2, and so on. */
export function wholeNumber(fallback: number) {
  return (name: string, text: string | undefined): number => {
    const value = text === undefined || text === "" ? fallback : Number(text);
    if (!Number.isSafeInteger(value) || value < 1) throw misconfigured(`${name} must be a whole number of at least 1.`);
    return value;
  };
}

/** A switch: `1` is on; `0`, nothing and no variable are off. */
export function switchedOn(name: string, text: string | undefined): boolean {
  if (text === undefined || text === "" || text === "0") return false;
  if (text !== "1") throw misconfigured(`${name} must be 1 or 0.`);
  return true;
}

/** How WebSockets are compressed. `0` and `1` are `off` and `on`. */
export function compression(name: string, text: string | undefined): boolean | "small-window" {
  if (text === undefined || text === "" || text === "0" || text === "off") return false;
  if (text === "1" || text === "on") return true;
  if (text !== "small-window") throw misconfigured(`${name} must be "off", "small-window" or "on".`);
  return text;
}

/** One of some words, of which the first is the default. */
export function oneOf<const Word extends string>(first: Word, ...others: readonly Word[]) {
  const words = [first, ...others];
  return (name: string, text: string | undefined): Word => {
    const found = words.find((word) => word === (text ?? first));
    if (found === undefined) throw misconfigured(`${name} must be ${words.map((word) => JSON.stringify(word)).join(" or ")}.`);
    return found;
  };
}

/** A name, which is not empty. */
export function nonEmpty(fallback: string, what: string) {
  return (name: string, text: string | undefined): string => {
    if (text?.trim() === "") throw misconfigured(`${name} is empty. It must be ${what}.`);
    return text ?? fallback;
  };
}

/** A level, and its window in ms behind a colon. */
export function durability(name: string, text: string | undefined): Durability {
  if (text === undefined || text === "") return DEFAULT_DURABILITY;
  if (text === "event") return { level: "event" };
  const [, level, ms] = /^(window|behind)(?::([0-9]{1,6}))?$/.exec(text) ?? [];
  if (level === "window" || level === "behind") {
    const { least, most } = DURABILITY_WINDOWS_MS[level];
    const windowMs = Number(ms ?? least);
    if (windowMs >= least && windowMs <= most) return ms === undefined ? { level } : { level, windowMs };
    throw misconfigured(`${name} names a window of the level ${level} that must be ${least} to ${most} ms.`);
  }
  throw misconfigured(`${name} must be event, window or behind. The last two may name their window in ms, such as window:50.`);
}

/** JSON, with some of the limits. */
export function limits(name: string, text: string | undefined): Partial<Limits> {
  if (text === undefined || text === "") return {};
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw misconfigured(`${name} must be JSON, such as {"liveRuns": 20}.`);
  }
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw misconfigured(`${name} must be an object such as {"liveRuns": 20}.`);
  for (const [limit, value] of Object.entries(given)) {
    const fault = limitFault(limit, value);
    if (fault !== undefined) throw misconfigured(`${name}: ${fault}`);
  }
  return given;
}

/** Origins as a browser writes them, separated by commas. */
export function origins(name: string, text: string | undefined): readonly string[] {
  const given = (text ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  for (const origin of given) {
    if (/^(?!https?:)[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+$/.test(origin)) continue; // An app's own scheme.
    if (origin === "null")
      throw misconfigured(
        `${name} must not have null: any page can make that its origin, with a sandboxed frame. Serve the page over HTTP.`,
      );
    const meant = URL.canParse(origin) ? new URL(origin).origin : "null";
    if (meant === origin) continue;
    const remedy = meant === "null" ? "Each is a scheme, a host and a port that is not the scheme's own." : `Did you mean ${meant}?`;
    throw misconfigured(`${name} must be exact origins, such as https://example.com, separated by commas. ${remedy}`);
  }
  return given;
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
  if (!/^[\x21-\x7e]+$/.test(text)) throw misconfigured(`${name} must be printable ASCII without spaces or line feeds.`);
  return text;
}

/** Bearer tokens: `<subject>=<token>`, separated by commas. */
export function tokens(_name: string, text: string | undefined): Readonly<Record<string, Grant>> | undefined {
  return text === undefined ? undefined : tokensFrom(text);
}

/** What signs tickets. */
export function ticketSecret(name: string, text: string | undefined): string | undefined {
  // One that is set and empty is a secret that got lost, and not an agent without tickets.
  if (text !== undefined) checkSecret(text, name);
  return text;
}
