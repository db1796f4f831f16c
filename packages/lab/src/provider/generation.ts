import type { ServerResponse } from "node:http";
import type { Reply } from "./reply.ts";
import type { ResponseStatus } from "./responses-wire.ts";
import type { Wire } from "./wire.ts";

/** What was sent for one request, stamped with `performance.now()`. */
export interface SentReply {
  readonly id: string;
  /** OpenAI's id of the response; `undefined` of a chat completion. */
  readonly responseId: string | undefined;
  readonly requestAt: number;
  /** Of the request's body. */
  readonly requestBytes: number;
  /** By token. */
  readonly dueAt: readonly number[];
  /** By token, stamped immediately before the write to the connection of the request itself. */
  readonly sentAt: readonly number[];
  /** Tokens that the model made; more than were sent where nobody listened (background mode). */
  readonly generated: number;
  /** Tokens that were sent in all, by every connection: one that is sent again counts again. */
  readonly sentInAll: number;
  /** How often its stream was taken up again. */
  readonly resumed: number;
  /** When, each time. */
  readonly resumedAt: readonly number[];
  readonly finishedAt: number | undefined;
  readonly outcome: "running" | "finished" | "failed" | "broken" | "disconnected" | "cancelled";
}

export type Sending = {
  -readonly [Key in keyof SentReply]: SentReply[Key] extends readonly number[] ? number[] : SentReply[Key];
};

type Outcome = SentReply["outcome"];

interface Kept {
  readonly text: string;
  readonly isToken: boolean;
}

/** One answer as it is generated: each token when it is due, to all who read it. In background mode whether or not anybody does. */
export class Generation {
  readonly sent: Sending;
  readonly background: boolean;
  readonly #reply: Reply;
  readonly #wire: Wire;
  readonly #onEnd: (sent: SentReply) => void;
  readonly #kept: Kept[] = [];
  /** Of whoever made the request. */
  #first: ServerResponse | undefined;
  readonly #later = new Set<ServerResponse>();
  #begun = false;
  #held: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(reply: Reply, wire: Wire, background: boolean, sent: Sending, onEnd: (sent: SentReply) => void) {
    this.#reply = reply;
    this.#wire = wire;
    this.background = background;
    this.sent = sent;
    this.#onEnd = onEnd;
    this.#held = reply.end !== undefined;
  }

  get status(): ResponseStatus {
    if (this.sent.outcome === "cancelled") return "cancelled";
    if (this.sent.outcome === "finished") return "completed";
    return this.#begun || !this.background ? "in_progress" : "queued";
  }

  /** Generates, and sends to whoever made the request. */
  async start(response: ServerResponse): Promise<void> {
    this.#first = response;
    response.once("close", () => {
      this.#first = undefined;
      if (!this.background) this.stop("disconnected");
    });
    this.#say(this.#wire.accepted());
    if (this.#reply.begin !== undefined) {
      // What needs no times is there at once, except for a response that is queued.
      if (!this.background) this.#say(this.#wire.begun());
      await this.#reply.begin;
      const begunAt = performance.now();
      this.sent.dueAt = this.#reply.dueMs.map((ms) => begunAt + ms);
      if (this.#hasEnded) return;
      if (this.background) this.#say(this.#wire.begun());
    } else this.#say(this.#wire.begun());
    this.#begun = true;
    if (this.#held) void this.#release();
    this.#step();
  }

  /** Sends its events again, from behind this one on, and then those to come. */
  resume(response: ServerResponse, after: number): void {
    this.sent.resumed += 1;
    this.sent.resumedAt.push(performance.now());
    for (const { text, isToken } of this.#kept.slice(after + 1)) {
      if (isToken) this.sent.sentInAll += 1;
      response.write(text);
    }
    if (this.#hasEnded) {
      response.end();
      return;
    }
    this.#later.add(response);
    response.once("close", () => this.#later.delete(response));
  }

  /** Ends it, where it has not ended. */
  stop(outcome: Outcome): void {
    if (this.#hasEnded) return;
    clearTimeout(this.#timer);
    this.sent.finishedAt = performance.now();
    this.sent.outcome = outcome;
    for (const response of [this.#first, ...this.#later]) {
      if (outcome === "broken") response?.destroy();
      else response?.end();
    }
    this.#onEnd(this.sent);
  }

  get #hasEnded(): boolean {
    return this.sent.finishedAt !== undefined;
  }

  #say(events: readonly string[]): void {
    this.#write(events.join(""));
    if (this.background) this.#kept.push(...events.map((text) => ({ text, isToken: false })));
  }

  #sayToken(token: string): void {
    const events = this.#wire.token(token);
    const text = events.join("");
    this.sent.generated += 1;
    if (this.#first !== undefined) this.sent.sentAt.push(performance.now());
    this.sent.sentInAll += this.#write(text);
    if (this.background) this.#kept.push(...events.map((one, index) => ({ text: one, isToken: index === events.length - 1 })));
  }

  /** @returns to how many */
  #write(text: string): number {
    this.#first?.write(text);
    for (const response of this.#later) response.write(text);
    return this.#later.size + (this.#first === undefined ? 0 : 1);
  }

  /** Sends each token when it is due; what is overdue goes out at once. */
  #step(): void {
    const { tokens, failure } = this.#reply;
    const breakAt = failure !== undefined && "breakAfterTokens" in failure ? failure.breakAfterTokens : Infinity;
    for (;;) {
      if (this.#hasEnded) return;
      const index = this.sent.generated;
      if (this.#held && index >= tokens.length - 1) return;
      if (index >= breakAt) {
        if (!this.background) {
          this.stop("broken");
          return;
        }
        this.#first?.destroy();
        this.#first = undefined;
      }
      const text = tokens[index];
      const due = this.sent.dueAt[index];
      if (text === undefined || due === undefined) break;
      const waitMs = due - performance.now();
      if (waitMs > 0.5) {
        // A timer fires up to a millisecond late and never early: waiting for the whole milliseconds keeps the lateness small.
        this.#timer = setTimeout(() => this.#step(), Math.max(0, Math.floor(waitMs)));
        return;
      }
      this.#sayToken(text);
    }
    this.#say(this.#wire.end());
    this.stop("finished");
  }

  async #release(): Promise<void> {
    await this.#reply.end;
    this.#held = false;
    clearTimeout(this.#timer);
    this.#step();
  }
}
