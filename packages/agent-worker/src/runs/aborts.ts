/** So deep an error's causes are looked at: they may be a circle. */
const CAUSES_MAX = 8;

/** Whether an error says no more than that its work was told to stop, as that says it: an `AbortError`, the reason that it was given, or what wraps one of them. */
export function saysAborted(error: unknown, { reason }: AbortSignal): boolean {
  let cause = error;
  for (let depth = 0; depth < CAUSES_MAX && cause !== undefined; depth++) {
    if (cause === reason || (cause instanceof Error && cause.name === "AbortError")) return true;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return false;
}
