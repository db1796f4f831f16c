import { check } from "../history/check.ts";
import { jsonOf } from "../history/hash.ts";
import type { History } from "../history/history.ts";
import type { Ledger } from "../history/ledger.ts";
import type { Violation } from "../history/violations.ts";
import { levelOf } from "../plan/level.ts";
import { chunksOf, wordsOf, type ReplySpec } from "../plan/reply.ts";
import type { RunPlan, TransportName } from "../plan/scenario.ts";
import type { Control } from "./control.ts";
import { Reader } from "./reader.ts";
import { listening, type Stage, type Stream } from "./stage.ts";
import type { Uplink } from "./uplink.ts";
import { until } from "./wait.ts";

/** Who reads the whole log when all is over. */
export const AFTERWARDS = "afterwards";

/** What came of one run. */
export interface Played {
  readonly history: History;
  readonly violations: readonly Violation[];
  readonly streams: readonly Stream[];
  /** Over this transport, `afterwards` read the whole log again. */
  readonly readAgain: TransportName;
  /** How often the answer was interrupted, and went on. */
  readonly resumed: number;
  /** The provider's stream broke off or failed, as it was planned. */
  readonly providerFailed: boolean;
}

/** A run that was read to its end. */
interface Read {
  readonly reply: ReplySpec;
  /** Somebody was to cancel it. */
  readonly cancels: boolean;
  /** Its id; "" where it never began. */
  readonly run: string;
  readonly readers: readonly Reader[];
  readonly uplink: Uplink;
  readonly streams: readonly Stream[];
  /** So many runs its agent was asked to start. */
  readonly runs: number;
}

/** Looks at the log of a run when all have read it, and compares. */
export class Look {
  readonly #plan: RunPlan;
  readonly #stage: Stage;
  readonly #control: Control;
  /** The agent dies, once or more. */
  readonly #dies: boolean;
  /** Runs that the agent had before. */
  readonly #before: ReadonlySet<string>;

  constructor(plan: RunPlan, stage: Stage, control: Control, of: { readonly killed: boolean; readonly before: ReadonlySet<string> }) {
    this.#plan = plan;
    this.#stage = stage;
    this.#control = control;
    this.#before = of.before;
    this.#dies = of.killed || plan.lines.some(({ faults }) => faults.some(({ kind }) => kind === "crash"));
  }

  /** Looks at the log, and has its events deleted. */
  async andDelete(run: string): Promise<Ledger> {
    const ledger = await this.#endedLedger(run);
    await this.#control.expire();
    return ledger;
  }

  /** @param deleted the log, where its events were deleted since */
  async at(read: Read, deleted?: Promise<Ledger>): Promise<Played> {
    const { reply, run, uplink, streams } = read;
    const inputs = await uplink.settled(30_000);
    const ledger = deleted === undefined ? await this.#endedLedger(run) : await deleted;
    const readers = [...read.readers];
    // A log that never ends is found by the ledger: nobody need wait for it once more.
    if (run !== "" && ledger.runs.every(({ state }) => state !== "running")) readers.push(await this.#readAgain(run));
    for (const reader of readers) reader.mayBeGone = deleted !== undefined;
    const history: History = {
      run,
      ledger,
      expected: this.#expected(read),
      views: readers.map(({ view }) => view),
      inputs,
      cancels: uplink.cancels,
    };
    // What is gone cannot be cancelled.
    const failedCancels = uplink.failedCancels.filter(({ code }) => deleted === undefined || code !== "run_gone");
    const cancels = failedCancels.map(({ reader, what }): Violation => ({ kind: "cancel-failed", of: reader, what }));
    const resumed = ledger.rows.reduce((sum, { chunks }) => sum + chunks.split('"type":"data-resumed"').length - 1, 0);
    return {
      history,
      violations: [...check(history), ...cancels],
      streams,
      readAgain: this.#plan.readAgain,
      resumed,
      providerFailed: reply.breaks.length > 0 ? resumed > 0 : ledger.runs.some(({ id, state }) => id === run && state === "failed"),
    };
  }

  async #endedLedger(run: string): Promise<Ledger> {
    const whole = await until(
      () => this.#control.ledger(run),
      ({ runs }) => runs.every(({ state }) => state !== "running"),
      30_000,
    );
    return { ...whole, runs: whole.runs.filter(({ id }) => !this.#before.has(id)) };
  }

  /** The whole log, by a client on no line. Where other runs' Worker is killed meanwhile, it finds nobody there for a time, and need not say so. */
  async #readAgain(run: string): Promise<Reader> {
    const { worker, makeClient, patienceMs } = this.#stage;
    const { agent, readAgain: transport } = this.#plan;
    const reader = new Reader(AFTERWARDS, patienceMs);
    const options = { url: worker, agent: "chaos-agent", name: agent, onError: () => undefined, ...listening(this.#stage) };
    const client = makeClient(transport, options, "events");
    await reader.read(client.resume(run, listening(this.#stage)), 0, () => false, "events");
    client.close();
    return reader;
  }

  #expected({ reply, cancels, runs }: Read): History["expected"] {
    const states = new Set([reply.failsAt === null ? "finished" : "failed"]);
    const loses = this.#dies && levelOf(this.#plan.agent).level === "behind";
    // Nothing comes of it after its agent's death: PROTOCOL.md §1.2.
    if (loses || (this.#dies && reply.failsAt !== null)) states.add("interrupted");
    if (cancels) states.add("cancelled");
    return {
      runs,
      content: reply.model === null ? { chunks: textsOf(reply) } : { text: wordsOf(reply).join("") },
      states: [...states],
      failsBehind: this.#dies ? null : reply.failsAt,
      interrupts: this.#dies || reply.breaks.length > 0,
      loses,
      // Behind a death, the model is given again what it had taken before.
      hears: reply.hears && !this.#dies,
    };
  }
}

function textsOf(reply: ReplySpec): readonly string[] {
  return chunksOf(reply).map((chunk) => jsonOf(chunk));
}
