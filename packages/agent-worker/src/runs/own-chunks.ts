import { tellOperator } from "../observability/observe.ts";

/** PROTOCOL.md §1: the types that only the agent itself writes. */
const OWN: ReadonlySet<string> = new Set(["data-run-end", "data-input", "data-lost", "data-resumed"]);

export function isOwn({ type }: { readonly type: string }): boolean {
  return OWN.has(type);
}

/**
 * Whether a generation's chunk is left out, of which the operator is told.
 *
 * An agent that relays another run (`run.toReadableStream()`) gives that run's own chunks too. In this log they would end the run for its readers, be inputs that
 * nobody sent into it, or name ids of another log.
 */
export function isLeftOut(chunk: { readonly type: string }): boolean {
  if (!isOwn(chunk)) return false;
  tellOperator(
    `A generation gave a chunk of the type ${chunk.type}, which only the agent itself writes. It was left out: rename it, if it is not another run's.`,
  );
  return true;
}
