// What `k6 run -e NAME=…` gives to the scripts. What cannot be read ends k6 before the first run.

const env = __ENV;

/** @throws Error where it is no number above 0 */
export function numberFrom(name: string): number | undefined {
  const text = env[name];
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw new Error(`${name}=${text}: give a number above 0.`);
}

const SECONDS: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1, ms: 0.001 };

/** As k6 itself writes times: `90s`, `5m`, `1h30m`. A number alone is seconds. @throws Error where it is no time */
export function secondsFrom(name: string): number | undefined {
  const text = env[name];
  if (text === undefined) return undefined;
  const written = /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text;
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)(ms|[hms])/g)];
  const seconds = parts.reduce((sum, [, amount, unit = "s"]) => sum + Number(amount) * (SECONDS[unit] ?? 1), 0);
  if (seconds > 0 && parts.map(([part]) => part).join("") === written) return seconds;
  throw new Error(`${name}=${text}: give a time such as 90s, 5m or 1h30m.`);
}

/** A name as it stands in a URL, such as an agent's. @throws Error where it is none */
export function nameFrom(name: string): string | undefined {
  const text = env[name];
  if (text === undefined || /^[A-Za-z0-9_-]+$/.test(text)) return text;
  throw new Error(`${name}=${text}: give letters, digits, "-" and "_".`);
}
