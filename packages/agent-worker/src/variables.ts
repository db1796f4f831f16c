import { z } from "zod";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";

/** A Worker's variable that is a number above 0. @throws Error that names it */
export function positiveNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name} is ${text}. It must be a number above 0.`);
  return value;
}

/** The variable `LIMITS`. @throws Error that says what is wrong with it */
export function limitsFrom(text: string | undefined): Partial<Limits> {
  if (text === undefined || text === "") return {};
  const limits = z.record(z.string(), z.number().positive()).parse(JSON.parse(text));
  for (const name of Object.keys(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) throw new Error(`LIMITS names ${name}. There are ${Object.keys(DEFAULT_LIMITS).join(", ")}.`);
  }
  return limits;
}
