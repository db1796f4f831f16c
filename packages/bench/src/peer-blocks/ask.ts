import type { ApplicationClient } from "@agent-transports/peers";
import type { LocalLab, Script } from "../lab/lab.ts";
import type { Integrity } from "../results/schema.ts";
import { steadyReply } from "../scenarios/parts/follow.ts";
import { DisplayedAnswer } from "./displayed-answer.ts";

/** Without new text, once the model has said all. Longer than the first wait of any peer's client, which is 3 s. */
const PATIENCE_MS = 6_000;

export interface Asked {
  readonly askedAt: number;
  readonly shown: DisplayedAnswer;
  /** Resolves when the client says that the answer is over, or nobody waits any longer: text that is not there by then is lost. @throws Error where the client gave up */
  readonly over: Promise<void>;
}

/** What says when the model has said all. */
interface Model {
  readonly provider: { whenFinished(id: string): Promise<unknown> };
}

export function ask(
  lab: Model,
  client: ApplicationClient,
  { id, prompt }: Script,
  onToken: (index: number, at: number) => void = () => undefined,
): Asked {
  const shown = new DisplayedAnswer(() => performance.now(), onToken);
  const askedAt = performance.now();
  const run = client.ask(prompt, shown);
  run.opened.catch(() => undefined); // What failed to open does not end either, which is what is awaited.
  const over = untilOver(lab, id, run.ended, shown);
  over.catch(() => undefined); // Awaited by whoever asked; a failure must not go unhandled until then.
  return { askedAt, shown, over };
}

async function untilOver({ provider }: Model, id: string, ended: Promise<void>, shown: DisplayedAnswer): Promise<void> {
  const settled = new AbortController();
  const patience = async (): Promise<void> => {
    await provider.whenFinished(id);
    let since = performance.now();
    // Who still shows text is late, as on a busy machine, and has lost nothing yet.
    for (let restMs = PATIENCE_MS; restMs > 0; restMs = since + PATIENCE_MS - performance.now()) {
      await pause(restMs, settled.signal);
      since = Math.max(since, shown.lastTextAt);
    }
  };
  const waiting = patience();
  waiting.catch(() => undefined); // Aborted where the answer came to its end.
  try {
    await Promise.race([ended, waiting]);
  } finally {
    settled.abort();
  }
}

/** @throws the signal's reason once it is aborted */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
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
