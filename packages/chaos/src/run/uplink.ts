import { TransportError } from "@agent-transports/client-core";
import { hashOf, jsonOf } from "../history/hash.ts";
import type { SentInput } from "../history/history.ts";
import { Dice } from "../dice/dice.ts";
import type { InputPlan } from "../plan/scenario.ts";
import type { SubjectRun } from "./subject.ts";

type Answer = SentInput["answer"];

interface Sent extends SentInput {
  answer: Answer;
}

/** The inputs that lines send, and what was answered. */
export class Uplink {
  readonly #sent: Sent[] = [];
  readonly #pending: Set<Promise<void>> = new Set();
  readonly failedCancels: { readonly reader: string; readonly code: string; readonly what: string }[] = [];

  send(run: SubjectRun, reader: string, { bytes, size }: InputPlan): void {
    const n = this.#sent.length;
    const dice = new Dice(n, size);
    const data = bytes ? Uint8Array.from({ length: size }, () => dice.whole(0, 255)) : { n, text: "é".repeat(size) };
    const one: Sent = { reader, key: `input-${n}`, hash: hashOf(jsonOf({ data })), answer: { kind: "none" } };
    this.#sent.push(one);
    this.#settle(
      run.send(data, { key: one.key }).then(
        (id) => void (one.answer = { kind: "accepted", id }),
        (error: unknown) => void (one.answer = { kind: "refused", code: codeOf(error) }),
      ),
    );
  }

  cancel(run: SubjectRun, reader: string): void {
    this.#settle(
      run.cancel().catch((error: unknown) => {
        const code = codeOf(error);
        if (code !== "aborted") this.failedCancels.push({ reader, code, what: String(error) });
      }),
    );
  }

  /** Waits for what is not answered yet, so long at most. */
  async settled(limitMs: number): Promise<readonly SentInput[]> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => void (timer = setTimeout(resolve, limitMs)));
    await Promise.race([Promise.all(this.#pending), limit]);
    clearTimeout(timer);
    return this.#sent;
  }

  #settle(promise: Promise<void>): void {
    this.#pending.add(promise);
    void promise.finally(() => this.#pending.delete(promise));
  }
}

function codeOf(error: unknown): string {
  return error instanceof TransportError ? error.code : String(error);
}
