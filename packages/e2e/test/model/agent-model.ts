import { bytesToJson, isRunEnd, type RunChunk, type RunEndState } from "@agent-transports/protocol";

/** An input that was sent. Without an id the agent may have it, and need not; without data it is not known which of several it has. */
interface SentInput {
  readonly data: unknown;
  readonly id: string | undefined;
}

/** What PROTOCOL.md promises of one run, as far as commands and readers have seen it. */
export interface RunModel {
  readonly id: string;
  readonly body: number;
  /** Each event that was ever seen, as text, by `seq`. */
  readonly log: Map<number, string>;
  epoch: string | undefined;
  /** `seq` of the terminal event. */
  end: number | undefined;
  state: RunEndState | undefined;
  /** Inputs by key. Without an id: the agent may have it, and need not. */
  readonly inputs: Map<string, SentInput>;
  /** It runs until it is cancelled. */
  lasting: boolean;
  /** Its agent died while it ran. */
  died: boolean;
  /** Answered once as gone: then for good. */
  gone: boolean;
}

/** Whatever two readers were given under one id must be the same JSON; the order of members says nothing. */
const textOf = (chunk: RunChunk): string =>
  JSON.stringify(chunk, (_name, value: unknown) => {
    const json = bytesToJson(value);
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1)))
      : json;
  });

/** The promises of PROTOCOL.md about one agent's runs, their logs and inputs. Nothing here knows how they are kept. */
export class AgentModel {
  readonly runs: RunModel[] = [];
  readonly keys = new Map<string, RunModel>();
  /** So many ended runs keep their events. */
  readonly kept: number;
  restarts = 0;
  #fresh = 0;

  constructor(kept: number) {
    this.kept = kept;
  }

  freshKey(): string {
    return `fresh-${(this.#fresh += 1)}`;
  }

  /** §2: a start that did not join. */
  begun(id: string, body: number, lasting: boolean, key?: string): RunModel {
    demand(this.byId(id) === undefined, `the run ${id} was begun twice`);
    const run: RunModel = {
      id,
      body,
      log: new Map(),
      epoch: undefined,
      end: undefined,
      state: undefined,
      inputs: new Map(),
      lasting,
      died: false,
      gone: false,
    };
    this.runs.push(run);
    if (key !== undefined) this.keys.set(key, run);
    return run;
  }

  byId(id: string): RunModel | undefined {
    return this.runs.find((run) => run.id === id);
  }

  /** A run by any number that a command has. */
  pick(index: number): RunModel {
    return this.runs[index % this.runs.length]!;
  }

  /** §1, Retention: a run that ended may go, once so many others have ended as well. */
  mayBeGone(run: RunModel): boolean {
    return run.gone || (mayHaveEnded(run) && this.runs.filter((other) => other !== run && mayHaveEnded(other)).length >= this.kept);
  }

  /** Answered as gone. */
  isGone(run: RunModel): void {
    demand(this.mayBeGone(run), `the run ${run.id} is gone, and may not be`);
    run.gone = true;
  }

  /** §1: an event that a reader was given. One id is one event, of one epoch, and nothing follows the terminal event. */
  observe(run: RunModel, id: string, chunk: RunChunk): number {
    const { epoch, seq } = partsOf(id);
    this.#sameEpoch(run, epoch);
    const text = textOf(chunk);
    const known = run.log.get(seq);
    demand(known === undefined || known === text, `${id} is two events: ${known} and ${text}`);
    run.log.set(seq, text);
    demand(run.end === undefined || seq <= run.end, `${id} follows the terminal event ${run.end}`);
    if (isRunEnd(chunk)) {
      demand(Math.max(...run.log.keys()) === seq, `the terminal event ${id} is not the last`);
      run.end = seq;
      this.ended(run, chunk.data.state);
    }
    return seq;
  }

  ended(run: RunModel, state: RunEndState): void {
    demand(mayHaveEnded(run), `the run ${run.id} ended by itself, as ${state}`);
    demand(run.state === undefined || run.state === state, `the run ${run.id} ended as ${run.state} and as ${state}`);
    // Short answers fit into any bound of §1.2, but for tries in a row that added nothing.
    const may = state === "finished" || state === "cancelled" || (state === "interrupted" && this.restarts >= 5);
    demand(may, `the run ${run.id} ended as ${state}`);
    run.state = state;
  }

  /** §3.4: an input that was answered with an id. */
  accepted(run: RunModel, key: string, data: unknown, id: string): void {
    const { epoch, seq } = partsOf(id);
    this.#sameEpoch(run, epoch);
    const before = run.inputs.get(key);
    demand(before?.id === undefined || before.id === id, `the input ${key} was accepted as ${before?.id} and as ${id}`);
    if (before?.id !== undefined) demand(isMaybeSame(before, data), `the input ${key} was accepted with other data`);
    if (before === undefined) run.inputs.set(key, { data, id });
    // Which of several tries the agent took is not known where the first was not answered.
    else if (before.id === undefined) run.inputs.set(key, { data: undefined, id });
    for (const [other, { id: taken }] of run.inputs) demand(other === key || taken !== id, `the inputs ${key} and ${other} are both ${id}`);
    demand(run.end === undefined || seq < run.end, `the input ${key} is ${id}, behind the terminal event`);
  }

  /** An input that was refused or not answered: where the run may have ended meanwhile, its log may have it all the same (§7.5). */
  attempted(run: RunModel, key: string, data: unknown): void {
    if (!run.inputs.has(key)) run.inputs.set(key, { data, id: undefined });
  }

  /** What a whole log must be: contiguous from 1, with one terminal event at its end, and each accepted input once. */
  whole(run: RunModel, seqs: readonly number[]): void {
    demand(
      seqs.every((seq, index) => seq === index + 1),
      `the log of ${run.id} has the events ${seqs.join()}`,
    );
    demand(run.end === seqs.length, `the log of ${run.id} ends at ${seqs.length}, and its terminal event is ${run.end}`);
    demand(run.log.size === seqs.length, `events of ${run.id} were seen that its log does not have`);
    const inLog = new Map<string, string[]>();
    for (const [seq, text] of run.log) {
      const chunk = JSON.parse(text) as RunChunk;
      if (chunk.type !== "data-input") continue;
      const key = String(chunk.id);
      inLog.set(key, [...(inLog.get(key) ?? []), `${run.epoch}.${seq}`]);
      const sent = run.inputs.get(key);
      demand(sent !== undefined, `the log of ${run.id} has an input ${key} that nobody sent`);
      if (sent.data === undefined) continue;
      const expected = textOf({ type: "data-input", id: key, data: sent.data, transient: true });
      demand(text === expected, `the input ${key} is ${text}, and was ${expected}`);
    }
    for (const [key, { id }] of run.inputs) {
      const ids = inLog.get(key) ?? [];
      demand(ids.length <= 1, `the input ${key} is in the log ${ids.length} times: ${ids.join()}`);
      demand(id === undefined || ids[0] === id, `the input ${key} was answered with ${id}, and is ${ids[0]}`);
    }
  }

  #sameEpoch(run: RunModel, epoch: string): void {
    demand(run.epoch === undefined || run.epoch === epoch, `${run.id} has the epochs ${run.epoch} and ${epoch}`);
    demand(
      this.runs.every((other) => other === run || other.epoch !== epoch),
      `two runs have the epoch ${epoch}`,
    );
    run.epoch = epoch;
  }
}

/** §3.4: a key is one input. Bytes are the same in either form. */
function isMaybeSame(sent: SentInput, data: unknown): boolean {
  return sent.data === undefined || dataText(sent.data) === dataText(data);
}

/** Whether the agent, which has this input, must take such data for the same. */
export function isSurelySame(sent: SentInput, data: unknown): boolean {
  return sent.id !== undefined && sent.data !== undefined && dataText(sent.data) === dataText(data);
}

const dataText = (data: unknown): string => textOf({ type: "data-input", id: "", data, transient: true });

export function mayHaveEnded(run: RunModel): boolean {
  return !run.lasting || isAskedAnew(run);
}

/** A model that is asked anew after its agent's death is given the inputs that came before its first word: it may say something else, and end. */
export function isAskedAnew(run: RunModel): boolean {
  return run.died && run.inputs.size > 0;
}

/** PROTOCOL.md §1, its grammar; written again here, so that the model does not trust the code under test. */
function partsOf(id: string): { readonly epoch: string; readonly seq: number } {
  const [, epoch, seq] = /^([A-Za-z0-9_-]{1,32})\.([1-9]\d{0,15})$/.exec(id) ?? [];
  demand(epoch !== undefined, `${id} is no id`);
  return { epoch, seq: Number(seq) };
}

export function demand(holds: boolean, broken: string): asserts holds {
  if (!holds) throw new Error(`PROTOCOL.md is broken: ${broken}.`);
}
