import type { ClientOptions } from "@agent-transports/client-core";
import { parseEventId } from "@agent-transports/protocol";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { faultOf, type Target } from "../faults/index.ts";
import type { FaultPlan, LinePlan } from "../plan/scenario.ts";
import { between, Meter } from "./meter.ts";
import { Reader } from "./reader.ts";
import { listening, type Stage, type Stream } from "./stage.ts";
import type { Subject, SubjectRun } from "./subject.ts";
import type { Uplink } from "./uplink.ts";
import { pause } from "./wait.ts";

/** So much later than their end, at most, does a client know that its credentials have ended. */
const CREDENTIALS_LATE_MS = 500;

/** What a line knows of its run. */
export interface LineOfRun {
  readonly agent: string;
  readonly stage: Stage;
  readonly uplink: Uplink;
  readonly crash: () => Promise<void>;
  readonly expired: () => Promise<void>;
}

/** One device: a proxy of its own, one client after another, and one or two readers. */
export class Line {
  readonly streams: Stream[] = [];
  readonly readers: readonly Reader[];
  readonly #plan: LinePlan;
  readonly #of: LineOfRun;
  readonly #name: string;
  readonly #proxy: FaultProxy;
  readonly #meter = new Meter();
  readonly #over = new AbortController();
  readonly #target: Target;
  #faults: readonly FaultPlan[];
  #credentialsMs: number | undefined;
  #credentialsMadeAt = 0;
  #credentialsEnded = 0;
  #run: SubjectRun | undefined;
  #failed: { readonly error: unknown } | undefined;

  private constructor(name: string, plan: LinePlan, of: LineOfRun, proxy: FaultProxy) {
    this.#name = name;
    this.#plan = plan;
    this.#of = of;
    this.#proxy = proxy;
    this.#faults = plan.faults;
    const names = plan.readers === 2 ? [name, `${name}-second`] : [name];
    this.readers = names.map((one) => new Reader(one, of.stage.patienceMs));
    this.#target = {
      proxy,
      live: () => this.#live,
      crash: of.crash,
      expired: of.expired,
      shortenCredentials: (ms) => void (this.#credentialsMs = ms),
      credentialsEnded: () => this.#credentialsEnded,
      failed: (error) => void (this.#failed ??= { error }),
      pause: (ms) => pause(ms, this.#over.signal),
    };
  }

  static async open(name: string, plan: LinePlan, of: LineOfRun): Promise<Line> {
    return new Line(name, plan, of, await startProxy(of.stage.worker));
  }

  get first(): Reader {
    return this.readers[0]!;
  }

  /**
   * Plays all legs, and closes the line.
   *
   * @param begin makes the first run of the first client @param after what it asks to read behind @param runId of the legs to come
   */
  async play(
    begin: (client: Subject, after: string | undefined) => SubjectRun,
    after: string | undefined,
    runId: () => Promise<string>,
  ): Promise<void> {
    let kills = 0;
    this.#meter.add("kill", () => kills);
    const forgetKills = this.#of.stage.onKill(() => {
      if (this.#live) kills += 1;
    });
    for (const reader of this.readers) reader.beginsBehind(after);
    try {
      for (const [index, leg] of this.#plan.legs.entries()) {
        this.#strike(this.first.events.length);
        const client = this.#of.stage.makeClient(leg.transport, this.#options(), leg.reads);
        const name = `${this.#name}-leg${index}`;
        const behind = this.first.events.at(-1)?.id ?? after;
        const run = index === 0 ? begin(client, after) : client.resume(await runId(), this.#behind(behind));
        this.#run = run;
        run.onStateChange(({ from, to }) => {
          if (from === "open" && (to === "waiting" || to === "connecting")) this.#onLost();
        });
        const until = leg.events === null ? Number.POSITIVE_INFINITY : this.first.events.length + leg.events;
        const second = this.readers[1];
        const [left] = await Promise.all([
          this.#metered(this.first, leg.transport, () =>
            this.first.read(run, this.#plan.slowMs, (count) => this.#onEvent(run, name, count) || count >= until, leg.reads),
          ),
          second &&
            this.#metered(second, leg.transport, async () => {
              const same = client.resume(await runId(), this.#behind(after));
              await second.read(same, 0, () => false, leg.reads === "core" ? "core" : "events");
            }),
        ]);
        if (left !== "enough") await this.#of.uplink.settled(30_000);
        client.close();
        if (left !== "enough") break;
      }
      if (this.#failed !== undefined) throw this.#failed.error;
    } finally {
      forgetKills();
      await this.close();
    }
  }

  /** Also of one that was never played. */
  async close(): Promise<void> {
    this.#over.abort();
    await this.#proxy.close();
  }

  get #live(): boolean {
    const state = this.#run?.connection;
    return !this.#over.signal.aborted && (state === "open" || state === "connecting") && this.#proxy.open > 0;
  }

  #onEvent(run: SubjectRun, name: string, count: number): false {
    this.#strike(count);
    for (const input of this.#plan.inputs) if (Math.max(1, input.atEvent) === count) this.#of.uplink.send(run, name, input);
    if (this.#plan.cancelAt === count) this.#of.uplink.cancel(run, name, parseEventId(this.first.events.at(-1)?.id ?? "")?.seq ?? 0);
    return false;
  }

  /** A connection is lost. By its credentials where their time is just over, and nothing else has struck it. */
  #onLost(): void {
    const now = performance.now();
    const lateMs = now - this.#credentialsMadeAt - (this.#credentialsMs ?? Number.POSITIVE_INFINITY);
    const struck = this.#proxy.faults.some(({ at, connections }) => connections > 0 && at > now - CREDENTIALS_LATE_MS);
    if (lateMs >= 0 && lateMs < CREDENTIALS_LATE_MS && !struck) this.#credentialsEnded += 1;
  }

  #strike(count: number): void {
    // In the plan's order, which is that of the events.
    for (let [next, ...later] = this.#faults; next !== undefined && next.atEvent <= count; [next, ...later] = this.#faults) {
      this.#faults = later;
      this.#meter.add(next.kind, faultOf(next.kind).strike(this.#target, next.params));
    }
  }

  async #metered<Result>(reader: Reader, transport: "sse" | "ws", read: () => Promise<Result>): Promise<Result> {
    const before = { strikes: this.#meter.read(), reconnects: reader.reconnects, events: reader.events.length };
    const result = await read();
    const reconnects = reader.reconnects - before.reconnects;
    // Two readers may have a connection each, and only one of them was struck: each says so by coming back.
    const unmoved = this.readers.length > 1 && reconnects === 0;
    this.streams.push({
      reader: reader.name,
      transport,
      strikes: unmoved ? new Map() : between(before.strikes, this.#meter.read()),
      reconnects,
      events: reader.events.length - before.events,
    });
    return result;
  }

  #behind(after: string | undefined): { readonly after?: string; readonly signal?: AbortSignal } {
    return { ...(after !== undefined && { after }), ...listening(this.#of.stage) };
  }

  #options(): ClientOptions {
    return {
      ...listening(this.#of.stage),
      url: this.#proxy.url,
      agent: "chaos-agent",
      name: this.#of.agent,
      retry: { baseMs: 20, capMs: 200 },
      connectTimeoutMs: 2_000,
      heartbeatMs: 1_000,
      query: () => {
        this.#credentialsMadeAt = performance.now();
        return this.#credentialsMs === undefined ? {} : { life: String(this.#credentialsMs) };
      },
      // Told where a line never carried anything yet, which here is a fault that was planned. What it comes to, the run says.
      onError: () => undefined,
    };
  }
}
