import type { Violation } from "../history/violations.ts";
import type { BesidePlan, Reads, RunPlan } from "../plan/scenario.ts";
import type { Control } from "./control.ts";
import { Reader } from "./reader.ts";
import { listening, type Stage } from "./stage.ts";
import type { Subject } from "./subject.ts";
import { Uplink } from "./uplink.ts";

/** What the client of the first line is, to the runs beside its own. */
export interface SharedClient {
  readonly client: Subject;
  readonly reads: Reads;
  /** Reads, and notes by the reader's name what struck its line meanwhile. */
  readonly metered: (reader: Reader, read: () => Promise<unknown>) => Promise<unknown>;
}

/** A run beside another, as far as it came. */
interface Beside {
  readonly plan: BesidePlan;
  /** Also what its reply is scripted under. */
  readonly name: string;
  readonly reader: Reader;
  readonly uplink: Uplink;
  /** Rejects where it never began. */
  readonly id: Promise<string>;
}

/** Runs that one client has at once: what one of them comes to is nothing to the others. */
export class Besides {
  readonly begun: Beside[] = [];
  readonly violations: Violation[] = [];
  readonly #plan: RunPlan;
  readonly #stage: Stage;
  readonly #control: Control;
  readonly #reading: Promise<void>[] = [];

  constructor(plan: RunPlan, stage: Stage, control: Control) {
    this.#plan = plan;
    this.#stage = stage;
    this.#control = control;
  }

  /** Whether there are any, on whose behalf a connection may be lost. */
  get planned(): boolean {
    return this.#plan.besides.length > 0;
  }

  /** The first reader has so many events. */
  at(count: number, shared: SharedClient): void {
    for (const [index, plan] of this.#plan.besides.entries())
      if (Math.max(1, plan.startsAt) === count) this.#add(this.#begin(`beside${index}`, plan, shared));
    for (const at of this.#plan.refusedAt) if (Math.max(1, at) === count) this.#add(this.#refused(shared));
  }

  /** Resolves when all of them are read to their ends, and all that was sent is answered. */
  async over(): Promise<void> {
    await Promise.all(this.#reading);
  }

  #add(reading: Promise<void>): void {
    this.#reading.push(reading);
    reading.catch(() => undefined); // `over` says so.
  }

  async #begin(of: string, plan: BesidePlan, { client, reads, metered }: SharedClient): Promise<void> {
    const name = `${this.#plan.key ?? this.#plan.agent}-${of}`;
    const reader = new Reader(of, this.#stage.patienceMs);
    const text = this.#stage.provider.promptOf({ name, reply: plan.reply });
    // Not a prompt: that would go into the agent's conversation, which is the other run's.
    const message = { id: of, role: "user", parts: [{ type: "text", text }] } as const;
    const run = client.start({ messages: [message] }, { key: `start-${name}`, ...listening(this.#stage) });
    const id = run.started;
    id.catch(() => undefined); // Its reader says so too.
    const uplink = new Uplink(async () => this.#control.isRunning(await id), listening(this.#stage));
    this.begun.push({ plan, name, reader, uplink, id });
    await metered(reader, () =>
      reader.read(
        run,
        0,
        (count) => {
          for (const input of plan.inputs) if (Math.max(1, input.atEvent) === count) uplink.send(run, of, input);
          if (plan.cancelAt === count) uplink.cancel(run, of, reader.lastSeq);
          return false;
        },
        reads,
      ),
    );
    await uplink.settled(30_000);
  }

  async #refused({ client, reads }: SharedClient): Promise<void> {
    const reader = new Reader("refused", this.#stage.patienceMs);
    const run = client.start({ prompt: "Another one." }, { key: `start-${this.#plan.key ?? this.#plan.agent}`, ...listening(this.#stage) });
    const left = await reader.read(run, 0, () => true, reads);
    if (left !== "enough" && left.kind === "error" && left.code === "key_reused") return;
    const what = `Another start under the key of the run should be refused with key_reused, and came to ${JSON.stringify(left)}.`;
    this.violations.push({ kind: "start-not-refused", of: "line0", what });
  }
}
