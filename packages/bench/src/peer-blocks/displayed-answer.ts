import { countNumbers } from "@agent-transports/lab/integrity";
import { tokenIndices } from "@agent-transports/lab/provider";
import type { Integrity } from "../results/schema.ts";
import type { Heard } from "./types.ts";

/** What an application shows of an answer, by the tokens in its text: a peer's wire has no ids that could be checked alike. */
export class Shown implements Heard {
  /** By token, when it was first shown. */
  readonly tokenAt: number[] = [];
  /** Where something was shown that had not been. */
  readonly events: { readonly at: number; readonly tokens: readonly number[] }[] = [];
  readonly states: { readonly to: "connecting" | "open"; readonly at: number }[] = [];
  readonly #now: () => number;
  readonly #onToken: (index: number, at: number) => void;
  readonly #first = Promise.withResolvers<number>();
  #shown: number[] = [];

  /**
   * @param now the clock that stamps, in ms
   * @param onToken told of each token in the turn in which it was first shown
   */
  constructor(now: () => number, onToken: (index: number, at: number) => void = () => undefined) {
    this.#now = now;
    this.#onToken = onToken;
  }

  /** Resolves with the moment of the first token. */
  get first(): Promise<number> {
    return this.#first.promise;
  }

  text(delta: string): void {
    const at = this.#now();
    const all = tokenIndices(delta);
    const tokens = all.filter((token) => this.tokenAt[token] === undefined);
    this.#shown.push(...all);
    if (tokens.length === 0) return;
    for (const token of tokens) {
      this.tokenAt[token] = at;
      this.#onToken(token, at);
    }
    this.events.push({ at, tokens });
    this.#first.resolve(at);
  }

  again(): void {
    this.#shown = [];
  }

  state(to: "connecting" | "open"): void {
    this.states.push({ to, at: this.#now() });
  }

  /** In tokens: what the application shows in the end. @param tokens how many the model said */
  result(tokens: number): Integrity {
    return { expected: tokens, received: this.#shown.length, ...countNumbers(this.#shown, tokens) };
  }
}
