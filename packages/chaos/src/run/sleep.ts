import type { FaultProxy } from "@agent-transports/lab/proxy";
import { EVICTION, type Strikes } from "../faults/index.ts";
import type { RunPlan, SleepPlan } from "../plan/scenario.ts";
import { Besides, type SharedClient } from "./besides.ts";
import type { Control } from "./control.ts";
import { Reader } from "./reader.ts";
import { listening, type Stage } from "./stage.ts";
import type { Uplink } from "./uplink.ts";
import { pause } from "./wait.ts";

/** The line whose client is still there. */
export interface SleepingLine extends SharedClient {
  readonly proxy: FaultProxy;
  readonly uplink: Uplink;
  readonly run: string;
  /** Ids of what its reader was given. */
  readonly ids: readonly string[];
  /** Meters a strike. */
  readonly add: (kind: string, strikes: Strikes) => void;
}

/** An agent that is left alone until the runtime evicts it, and what its client wants then. */
export class Sleep {
  /** Who read the ended run again, once it did. */
  readonly readers: Reader[] = [];
  readonly besides: Besides;
  readonly #plan: SleepPlan;
  readonly #stage: Stage;
  readonly #control: Control;

  constructor(run: RunPlan, plan: SleepPlan, stage: Stage, control: Control) {
    this.#plan = plan;
    this.#stage = stage;
    this.#control = control;
    this.besides = new Besides({ ...run, besides: plan.besides, refusedAt: [] }, stage, control);
  }

  async play(line: SleepingLine): Promise<void> {
    const { ms, cut, resumesBehind } = this.#plan;
    // To be asked wakes an agent: before and behind the sleep, and not within.
    const before = await this.#control.life();
    await pause(ms);
    let evicted: Promise<boolean> | undefined;
    // Streams count what came since they began, and so both come behind that.
    const strikes = { eviction: 0, cut: 0 };
    const struck = cut === null ? 0 : (cut === "reset" ? line.proxy.reset() : line.proxy.halfOpen()).connections;
    const woken = async (): Promise<void> => {
      strikes.cut = Math.min(struck, 1);
      evicted ??= this.#control.life().then((life) => life !== before);
      strikes.eviction = (await evicted) ? 1 : 0;
    };
    line.add(EVICTION, () => strikes.eviction);
    if (cut !== null) line.add(cut, () => strikes.cut);
    // A stream is over when it is known what struck it.
    const metered: SharedClient["metered"] = (reader, read) => line.metered(reader, () => read().finally(woken));
    this.besides.at(1, { ...line, metered });
    await Promise.all([this.besides.over(), resumesBehind === null ? undefined : this.#readAgain(line, metered, resumesBehind)]);
  }

  async #readAgain({ client, reads, uplink, run, ids }: SleepingLine, metered: SharedClient["metered"], behind: number): Promise<void> {
    const reader = new Reader("woken", this.#stage.patienceMs);
    // Not behind the terminal event: there is nothing to be given.
    const after = ids[Math.min(behind, ids.length - 1) - 1];
    reader.beginsBehind(after);
    this.readers.push(reader);
    const again = client.resume(run, { ...(after !== undefined && { after }), ...listening(this.#stage) });
    if (this.#plan.sendsLate) uplink.send(again, reader.name, { atEvent: 0, bytes: false, size: 10 });
    await metered(reader, () => reader.read(again, 0, () => false, reads));
    await uplink.settled(30_000);
  }
}
