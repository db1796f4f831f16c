import { setTimeout as pause } from "node:timers/promises";
import type { ApplicationClient } from "@agent-transports/peers";
import type { LocalLab, Script } from "../lab/lab.ts";
import type { Integrity } from "../results/schema.ts";
import { steadyReply } from "../scenarios/parts/follow.ts";
import { DisplayedAnswer } from "./displayed-answer.ts";

/** Once the model has said all. Longer than the first wait of any peer's client, which is 3 s. */
const PATIENCE_MS = 6_000;

export interface Asked {
  readonly askedAt: number;
  readonly shown: DisplayedAnswer;
  /** Resolves when the client says that the answer is over, or nobody waits any longer: text that is not there by then is lost. @throws Error where the client gave up */
  readonly over: Promise<void>;
}

export function ask(
  lab: LocalLab,
  client: ApplicationClient,
  { id, prompt }: Script,
  onToken: (index: number, at: number) => void = () => undefined,
): Asked {
  const shown = new DisplayedAnswer(() => performance.now(), onToken);
  const askedAt = performance.now();
  const run = client.ask(prompt, shown);
  run.opened.catch(() => undefined); // What failed to open does not end either, which is what is awaited.
  const over = untilOver(lab, id, run.ended);
  over.catch(() => undefined); // Awaited by whoever asked; a failure must not go unhandled until then.
  return { askedAt, shown, over };
}

async function untilOver(lab: LocalLab, id: string, ended: Promise<void>): Promise<void> {
  const settled = new AbortController();
  const patience = async (): Promise<void> => {
    await lab.provider.whenFinished(id);
    await pause(PATIENCE_MS, undefined, { signal: settled.signal });
  };
  const waiting = patience();
  waiting.catch(() => undefined); // Aborted where the answer came to its end.
  try {
    await Promise.race([ended, waiting]);
  } finally {
    settled.abort();
  }
}

/** Asks, and follows the answer until it is over. @returns what was lost on the way */
export async function followAsked(
  lab: LocalLab,
  client: ApplicationClient,
  script: Script,
  tokens: number,
  onToken: (index: number, at: number) => void,
): Promise<Integrity> {
  const { shown, over } = ask(lab, client, script, onToken);
  await over;
  return shown.result(tokens);
}

/** One word, so that no block pays for the agent's birth. */
export async function wake(lab: LocalLab, client: ApplicationClient): Promise<void> {
  const script = lab.script(steadyReply(lab, 1, 1));
  await ask(lab, client, script).over;
  lab.provider.removeReply(script.id);
}
