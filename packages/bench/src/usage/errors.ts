/** What a person can put right: printed as one line, with no stack. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Why a file of results is not taken, or a run not begun. */
export type RefusalCode =
  | "unreadable"
  | "not-json"
  | "other-schema"
  | "other-version"
  | "damaged"
  | "other-code"
  | "other-environment"
  | "other-settings"
  | "complete"
  | "nothing-in-common"
  | "needs-confirmation"
  | "over-budget";

/** Refused for a reason that a program can tell apart. */
export class RefusedError extends UsageError {
  override readonly name = "RefusedError";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The nearest of some names, as in "Did you mean …?"; `undefined` where none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => ({ name, distance: distance(word, name) })).sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, word.length / 3) ? best.name : undefined;
}

/** Levenshtein's distance, by Wagner and Fischer's table, a row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** On one line. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
}
