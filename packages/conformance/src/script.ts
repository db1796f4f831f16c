import {
  bytesToJson,
  formatEventId,
  isRunEnd,
  parseEventId,
  type ErrorBody,
  type RunChunk,
  type RunInfo,
} from "@agent-transports/protocol";

import type { Address } from "./address.ts";

/** What happens on one connection that asks for a run's events, in order. What is left out of the end is the run's own: see {@link Step}. */
export type Plan = readonly Step[];

export type Step =
  /** Events by their `seq`, inclusive. */
  | { readonly send: readonly [from: number, to: number] }
  /** Everything after the cursor, to the end, and no more steps. */
  | "rest"
  /** One event under an id of the script's choice. */
  | { readonly sendAs: string; readonly chunk: RunChunk }
  /** What is no event of the protocol, in an event's place; bytes are for a WebSocket. */
  | { readonly raw: string | Uint8Array }
  /** Bytes of an event stream as they are, each piece written for itself. Only over SSE. */
  | { readonly bytes: readonly (readonly number[])[] }
  /** Nothing more until {@link ScriptedServer.go}, or 40 s. A runtime may lose to a reset what it has not read yet, and only a case knows what was read. */
  | "wait"
  /** RST, FIN, or RST in the middle of the next event. */
  | { readonly cut: "reset" | "clean" | "mid-event" }
  /** What the connection was asked with took so long to go up, and what was sent behind it too. Only as the first step. */
  | { readonly lateMs: number }
  /** No answer until {@link ScriptedServer.go}, as `"wait"`; what else is asked is answered. Only as the first step. */
  | "unanswered"
  /** Instead of an answer: an HTTP status, or the close code of 4000 and it. Only as the first step. */
  | { readonly refuse: number; readonly retryAfterS?: number }
  /** Instead of an answer, or on a WebSocket behind it, where it names the run alone: the protocol's error object, and no more steps. */
  | { readonly error: ErrorBody }
  /** Nothing more of this run; what else is asked on the connection is answered. */
  | "hold"
  /** Says nothing more at all, as a peer that is gone. */
  | "silence"
  /** Answers this and whatever else is asked on the connection with nothing, but pings, as a runtime does whose agent hangs. */
  | "mute";

export interface ScriptedRun {
  readonly id: string;
  readonly epoch: string;
  readonly chunks: readonly RunChunk[];
  /** A live run: so many milliseconds lie between one event and the next, from when the run was first asked for. Default: all are there at once. */
  readonly everyMs?: number;
}

/** A connection that asked for a run's events, and of which agent. */
export interface Asked extends Address {
  readonly run: string | undefined;
  readonly cursor: string | undefined;
  readonly key: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  /** What a start was asked with. */
  readonly input?: unknown;
  /** Events that were put on the wire. */
  readonly sent: number;
}

/** What opened a connection to an agent: a WebSocket's handshake, or the request of PROTOCOL.md §3.7. */
export interface Connected extends Address {
  /** Below the agent's URL. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * The connection is accepted; it is lost before the answer; there is no answer; an error is the answer, which on a socket is a close code behind the
 * handshake; something that is no answer of the protocol is.
 */
export type ConnectionPlan = "accept" | "lost" | "mute" | "fault" | ErrorBody;

/** A server that does what it is told. Everything about it can be asked from afar: what is given and answered is JSON. */
export interface ScriptedServer {
  readonly url: URL;
  /** How much later each byte arrives, each way: 0 on loopback. */
  readonly delayMs: number;
  /** The connections that have asked for a run's events until now. */
  asked(): Promise<readonly Asked[]>;
  /** Resolves with the connection of this index, from 0, once it has asked. */
  askedAt(index: number): Promise<Asked>;
  /** The ids of the runs that were cancelled, as often as they were. */
  cancelled(): Promise<readonly string[]>;
  /** The ids of the runs that a socket asked to hear no more of. */
  unsubscribed(): Promise<readonly string[]>;
  inputs(): Promise<readonly ScriptedInput[]>;
  /** What has opened a connection until now. */
  connected(): Promise<readonly Connected[]>;
  /** Resolves with what opened the connection of this index, from 0, once it has. */
  connectedAt(index: number): Promise<Connected>;
  /** Resolves once so many pings have come on the socket that was opened as the connection of this index, from 0. */
  pinged(index: number, count: number): Promise<void>;
  /** The run that starts give, and that can be resumed; several make each start take the next. */
  runs(...runs: readonly ScriptedRun[]): Promise<void>;
  /** The next connections; one without a plan gets `rest`. */
  plan(...plans: readonly Plan[]): Promise<void>;
  /** Ends one `"wait"`: the one that lasts, or the next. */
  go(): Promise<void>;
  /** The heartbeat's period that the next connections are told, whatever they asked for, in ms; or what is none. */
  agreeOn(heartbeatMs: number | string): Promise<void>;
  /** The next inputs: accepted, as those without a plan are, lost before the answer, or refused. */
  planInputs(...plans: readonly InputPlan[]): Promise<void>;
  /** The next cancels: those without a plan are accepted. One that is refused is not among {@link cancelled}. */
  planCancels(...plans: readonly CancelPlan[]): Promise<void>;
  /** The next connections that are opened: those without a plan are accepted. */
  planConnections(...plans: readonly ConnectionPlan[]): Promise<void>;
  close(): Promise<void>;
}

export interface ScriptedInput {
  readonly key: string;
  readonly data: unknown;
}

/**
 * It is accepted; the connection is lost before the answer; there is no answer, nor to whatever follows on a socket; it took so long to go up, and is accepted then;
 * an error is the answer. Of a list (PROTOCOL.md §3.4) each input takes a plan, in order, up to the first that ends it.
 */
export type InputPlan = "accept" | "lost" | "mute" | { readonly lateMs: number } | ErrorBody;

/** It is accepted, or an error is the answer. */
export type CancelPlan = "accept" | ErrorBody;

/** How a plan's steps are put on a wire. */
export interface Wire {
  open(run: ScriptedRun, joined: boolean): void;
  /** Hears nothing for so long: what comes meanwhile comes then, and behind what is answered now. */
  late(ms: number): Promise<void>;
  /** @returns a promise where the reader is slower than the script */
  event(run: ScriptedRun, id: string, chunk: RunChunk): Promise<void> | undefined;
  half(run: ScriptedRun, id: string, chunk: RunChunk): void;
  raw(data: string | Uint8Array): void;
  /** @returns a promise that resolves once the piece has been handed to the network */
  bytes(piece: Uint8Array): Promise<void>;
  /** After the terminal event. */
  end(): void;
  /** A clean close before it. */
  closeClean(): void;
  reset(): void;
  /** Answers no more, not even a ping. */
  fallSilent(): void;
  /** Answers no more but pings. */
  fallMute(): void;
  refuse(status: number, retryAfterS: number | undefined): void;
  /** @param behind an answer came before it */
  error(error: ErrorBody, run: string | undefined, behind: boolean): void;
  /** The cursor is the run's end. */
  nothing(run: ScriptedRun): void;
}

interface Begun {
  readonly record: Asked & { sent: number };
  /** What is left of its plan. */
  readonly plan: Plan;
}

/** Whoever has not read by then is cut all the same, and fails its case by what it then asks for. */
const WAIT_LIMIT_MS = 40_000;

/** What both transports work on. */
export class Script {
  readonly asked: (Asked & { sent: number })[] = [];
  readonly cancelled: string[] = [];
  readonly unsubscribed: string[] = [];
  readonly inputs: ScriptedInput[] = [];
  readonly byKey: Map<string, ScriptedRun> = new Map();
  all: readonly ScriptedRun[] = [];
  plans: Plan[] = [];
  inputPlans: InputPlan[] = [];
  cancelPlans: CancelPlan[] = [];
  readonly connected: Connected[] = [];
  connectionPlans: ConnectionPlan[] = [];
  /** By the index of their connection. */
  readonly #pings: number[] = [];
  /** What each connection is told, if not what it asked for. */
  heartbeatMs: number | string | undefined;
  /** Its server was closed. */
  closed = false;
  #started = 0;
  /** The agents of runs that were asked for. */
  readonly #owners = new Map<string, string>();
  /** When live runs were first asked for. */
  readonly #begunAt = new Map<string, number>();
  /** By run, a start that was answered with the run alone: the request for its events is the rest of it. */
  readonly #begun = new Map<string, Begun>();
  #waiting: (() => void)[] = [];
  /** Connections that wait, in order; and how many may go on that did not wait yet. */
  readonly #held: (() => void)[] = [];
  #mayGo = 0;

  /** A run belongs to the agent that was asked for it first: no other one has it. */
  find(id: string, { agent, name }: Address): ScriptedRun | undefined {
    const run = this.all.find((run) => run.id === id);
    const owner = this.#owners.get(id);
    if (run === undefined || (owner !== undefined && owner !== `${agent}/${name}`)) return undefined;
    this.#owners.set(id, `${agent}/${name}`);
    return run;
  }

  /** @param key each start without one begins another run */
  start(key: string | undefined, { agent, name }: Address): { readonly run: ScriptedRun; readonly joined: boolean } {
    const known = key === undefined ? undefined : this.byKey.get(key);
    if (known !== undefined) return { run: known, joined: true };
    const run = this.all[this.#started % this.all.length];
    if (run === undefined) throw new Error("The script has no run: give it one with server.runs().");
    this.#started += 1;
    this.#owners.set(run.id, `${agent}/${name}`);
    if (key !== undefined) this.byKey.set(key, run);
    return { run, joined: false };
  }

  /** The id of an input's event. The same key again changes nothing; with other data it is refused (PROTOCOL.md §3.4). */
  input(key: string, data: unknown): string | ErrorBody {
    let index = this.inputs.findIndex((input) => input.key === key);
    if (index < 0) index = this.inputs.push({ key, data }) - 1;
    const isSame = JSON.stringify(bytesToJson(this.inputs[index]!.data)) === JSON.stringify(bytesToJson(data));
    if (!isSame) return { code: "key_reused", message: "This key already brought another input into this run.", path: "key" };
    return formatEventId("in", index + 1);
  }

  /** @returns what it is refused with */
  cancel(id: string): ErrorBody | undefined {
    const plan = this.cancelPlans.shift() ?? "accept";
    if (plan !== "accept") return plan;
    this.cancelled.push(id);
    return undefined;
  }

  /** A connection is opened. @returns what becomes of it */
  connect(connected: Connected): ConnectionPlan {
    this.connected.push(connected);
    this.#wake();
    return this.connectionPlans.shift() ?? "accept";
  }

  askedAt(index: number): Promise<Asked> {
    return this.#at(this.asked, index);
  }

  connectedAt(index: number): Promise<Connected> {
    return this.#at(this.connected, index);
  }

  /** A socket was pinged. @param index of its connection */
  ping(index: number): void {
    this.#pings[index] = (this.#pings[index] ?? 0) + 1;
    this.#wake();
  }

  async pinged(index: number, count: number): Promise<void> {
    while ((this.#pings[index] ?? 0) < count) await this.#change();
  }

  async #at<Item>(list: readonly Item[], index: number): Promise<Item> {
    for (;;) {
      const item = list[index];
      if (item !== undefined) return item;
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  go(): void {
    const next = this.#held.shift();
    if (next === undefined) this.#mayGo += 1;
    else next();
  }

  async #wait(): Promise<void> {
    if (this.#mayGo > 0) {
      this.#mayGo -= 1;
      return;
    }
    const held = Promise.withResolvers<void>();
    this.#held.push(held.resolve);
    const late = setTimeout(() => {
      this.#held.splice(this.#held.indexOf(held.resolve), 1);
      held.resolve();
    }, WAIT_LIMIT_MS);
    await held.promise;
    clearTimeout(late);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** How many events of the run there are now. */
  tail({ id, chunks, everyMs = 0 }: ScriptedRun): number {
    if (everyMs === 0) return chunks.length;
    return Math.min(chunks.length, Math.floor((performance.now() - (this.#begunAt.get(id) ?? performance.now())) / everyMs));
  }

  async #written(run: ScriptedRun, seq: number): Promise<void> {
    const dueAt = (this.#begunAt.get(run.id) ?? 0) + seq * (run.everyMs ?? 0);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - performance.now())));
  }

  /** A connection has asked. @returns what is left of its plan once it is to be answered; nothing where it is not, or with something else */
  async #begin(wire: Wire, run: ScriptedRun, record: Begun["record"]): Promise<Plan | undefined> {
    this.asked.push(record);
    this.#wake();
    const planned = this.plans.shift() ?? ["rest"];
    if (!this.#begunAt.has(run.id)) this.#begunAt.set(run.id, performance.now());
    const [late] = planned;
    const isLate = typeof late === "object" && "lateMs" in late;
    if (isLate) await wire.late(late.lateMs);
    else if (late === "unanswered") await this.#wait();
    const plan = isLate || late === "unanswered" ? planned.slice(1) : planned;
    const [first] = plan;
    if (first === "mute") wire.fallMute();
    else if (typeof first === "object" && "refuse" in first) wire.refuse(first.refuse, first.retryAfterS);
    else if (typeof first === "object" && "error" in first) wire.error(first.error, run.id, false);
    else return plan;
    return undefined;
  }

  /** A start that asks for the run alone (PROTOCOL.md §3.1). @param answer tells the client of it */
  async serveStart(wire: Wire, run: ScriptedRun, asked: Omit<Asked, "sent">, answer: () => void): Promise<void> {
    const record = { ...asked, sent: 0 };
    const plan = await this.#begin(wire, run, record);
    const [first] = plan ?? [];
    // The answer is what is lost.
    if (typeof first === "object" && "cut" in first) return wire.reset();
    if (plan === undefined) return;
    this.#begun.set(run.id, { record, plan });
    answer();
  }

  async serve(wire: Wire, run: ScriptedRun, joined: boolean, asked: Omit<Asked, "sent">): Promise<void> {
    const begun = asked.run === undefined || asked.cursor !== undefined ? undefined : this.#begun.get(run.id);
    this.#begun.delete(run.id);
    const record = begun === undefined ? { ...asked, sent: 0 } : Object.assign(begun.record, { query: asked.query });
    const plan = begun?.plan ?? (await this.#begin(wire, run, record));
    if (plan === undefined) return;
    const [first] = plan;
    const cursor = record.cursor === undefined ? 0 : (parseEventId(record.cursor)?.seq ?? 0);
    if (first === "rest" && cursor === run.chunks.length) return wire.nothing(run);
    wire.open(run, joined);
    const send = async (from: number, to: number): Promise<void> => {
      for (let seq = from; seq <= to; seq++) {
        const chunk = run.chunks[seq - 1];
        if (chunk === undefined) return;
        // What is there goes out in one turn, as an agent's replay does.
        if (this.tail(run) < seq) await this.#written(run, seq);
        if (this.closed) return;
        record.sent += 1;
        const slow = wire.event(run, formatEventId(run.epoch, seq), chunk);
        if (slow !== undefined) await slow;
        if (isRunEnd(chunk)) wire.end();
      }
    };
    let next = cursor + 1;
    for (const step of plan) {
      if (step === "hold" || step === "unanswered") return;
      if (step === "silence") return wire.fallSilent();
      if (step === "mute") return wire.fallMute();
      if (step === "wait") {
        await this.#wait();
        continue;
      }
      if (step === "rest") return send(cursor + 1, run.chunks.length);
      if ("send" in step) {
        await send(...step.send);
        next = step.send[1] + 1;
      } else if ("sendAs" in step) await wire.event(run, step.sendAs, step.chunk);
      else if ("raw" in step) wire.raw(step.raw);
      else if ("bytes" in step) for (const piece of step.bytes) await wire.bytes(Uint8Array.from(piece));
      else if ("error" in step) return wire.error(step.error, run.id, true);
      else if ("cut" in step) {
        const chunk = run.chunks[next - 1];
        if (step.cut === "mid-event" && chunk !== undefined) wire.half(run, formatEventId(run.epoch, next), chunk);
        // What was written must leave before the cut.
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (step.cut === "clean") wire.closeClean();
        else wire.reset();
        return;
      }
    }
  }
}

/** What a chunk is in JSON, bytes included. */
export function chunkToJson(chunk: RunChunk): RunChunk {
  return "data" in chunk ? { ...chunk, data: bytesToJson(chunk.data) } : chunk;
}

/** @param base the agent's path */
export function runInfo(run: ScriptedRun, base: string, live = false, tail: number = run.chunks.length): RunInfo {
  const end = run.chunks.find((chunk) => isRunEnd(chunk));
  return {
    id: run.id,
    state: live || end === undefined ? "running" : end.data.state,
    epoch: run.epoch,
    lastEventId: tail === 0 ? null : formatEventId(run.epoch, tail),
    createdAt: "2026-01-01T00:00:00.000Z",
    endedAt: live ? null : "2026-01-01T00:00:01.000Z",
    error: null,
    events: `${base}/runs/${run.id}/events`,
  };
}
