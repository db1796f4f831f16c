import { countNumbers } from "@agent-transports/lab/integrity";
import { tokenIndices } from "@agent-transports/lab/provider";
import type { AnswerListener } from "@agent-transports/peers";
import type { Integrity } from "../results/schema.ts";

/** What an application displays of an answer, by the tokens in its text: a peer's wire has no ids that could be checked alike. */
export class DisplayedAnswer implements AnswerListener {
  /** By token, when it was first displayed. */
  readonly tokenAt: number[] = [];
  /** Where something was displayed that had not been. */
  readonly events: { readonly at: number; readonly tokens: readonly number[] }[] = [];
  readonly states: { readonly to: "connecting" | "open"; readonly at: number }[] = [];
  readonly #now: () => number;
  readonly #onToken: (index: number, at: number) => void;
  readonly #first = Promise.withResolvers<number>();
  #displayed: number[] = [];
  #lastTextAt = -Infinity;

  /**
   * @param now the clock that stamps, in ms
   * @param onToken told of each token in the turn in which it was first displayed
   */
  constructor(now: () => number, onToken: (index: number, at: number) => void = () => undefined) {
    this.#now = now;
    this.#onToken = onToken;
  }

  /** Resolves with the moment of the first token. */
  get first(): Promise<number> {
    return this.#first.promise;
  }

  /** When any text came last, new or again. */
  get lastTextAt(): number {
    return this.#lastTextAt;
  }

  onText(delta: string): void {
    const at = this.#now();
    this.#lastTextAt = at;
    const all = tokenIndices(delta);
    const tokens = all.filter((token) => this.tokenAt[token] === undefined);
    this.#displayed.push(...all);
    if (tokens.length === 0) return;
    for (const token of tokens) {
      this.tokenAt[token] = at;
      this.#onToken(token, at);
    }
    this.events.push({ at, tokens });
    this.#first.resolve(at);
  }

  onRestart(): void {
    this.#displayed = [];
  }

  onState(to: "connecting" | "open"): void {
    this.states.push({ to, at: this.#now() });
  }

  /** In tokens: what the application displays in the end. @param tokens how many the model said */
  result(tokens: number): Integrity {
    return { expected: tokens, received: this.#displayed.length, ...countNumbers(this.#displayed, tokens) };
  }
}
