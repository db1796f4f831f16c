import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { faultOf, STRIKES_WHO_COMES_BACK, WORKER_CLOCK, type Target } from "../faults/index.ts";
import type { LineLink } from "../link/line-link.ts";
import { Page } from "../page/page.ts";
import type { FaultPlan, LinePlan } from "../plan/scenario.ts";
import type { Besides, SharedClient } from "./besides.ts";
import { between, Meter } from "./meter.ts";
import { PageStorage } from "./page-storage.ts";
import { Reader } from "./reader.ts";
import type { Sleep } from "./sleep.ts";
import { listening, type Stage, type Stream } from "./stage.ts";
import type { Subject, SubjectOptions, SubjectRun } from "./subject.ts";
import type { Uplink } from "./uplink.ts";
import { pause } from "./wait.ts";

/** So much later than their end, at most, does a client know that its credentials have ended. */
const CREDENTIALS_LATE_MS = 500;

/** So much later than anything that was done to its link does a client lose a connection by it: heartbeats are missed for two seconds. */
const LINK_LATE_MS = 3_000;

/** A closing handshake takes a few ms; what `fetch` keeps for its next request stays for seconds. */
const QUIET_MS = 200;

/** Under this name a page remembers its run. */
const SAVED = "the run";

/** What a line knows of its run. */
export interface LineOfRun {
  readonly agent: string;
  readonly stage: Stage;
  readonly uplink: Uplink;
  readonly crash: () => Promise<void>;
  readonly expired: () => Promise<void>;
  /** Of the first line: what its client has beside the run. */
  readonly besides?: Besides;
  /** Of the first line: what comes behind the run's end. */
  readonly sleep?: Sleep;
}

/** @param after what it asks to read behind */
type Begin = (client: Subject, options: { readonly after?: string; readonly saveAs?: string; readonly signal?: AbortSignal }) => SubjectRun;

/** One device: a proxy of its own, one client after another, and one or two readers. */
export class Line {
  readonly streams: Stream[] = [];
  readonly readers: readonly Reader[];
  readonly #plan: LinePlan;
  readonly #of: LineOfRun;
  readonly #name: string;
  readonly #proxy: FaultProxy;
  readonly #link: LineLink | undefined;
  readonly #meter = new Meter();
  readonly #page = new Page();
  readonly #over = new AbortController();
  readonly #target: Target;
  #faults: readonly FaultPlan[];
  #credentialsMs: number | undefined;
  #credentialsMadeAt = 0;
  #credentialsEnded = 0;
  #run: SubjectRun | undefined;
  /** Of the page that is loaded. */
  #storage: PageStorage = new PageStorage();
  #failed: { readonly error: unknown } | undefined;
  #closing: Promise<void> | undefined;

  private constructor(name: string, plan: LinePlan, of: LineOfRun, proxy: FaultProxy, link: LineLink | undefined) {
    this.#name = name;
    this.#plan = plan;
    this.#of = of;
    this.#proxy = proxy;
    this.#link = link;
    this.#faults = plan.faults;
    const names = plan.readers === 2 ? [name, `${name}-second`] : [name];
    this.readers = names.map((one) => new Reader(one, of.stage.patienceMs));
    this.#target = {
      proxy,
      link,
      page: this.#page,
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
    const { worker, ports, links } = of.stage;
    if (plan.roundTripMs !== undefined) {
      if (links === undefined) throw new RangeError(`${name} is to have a link, and there are none here.`);
      const link = await links.take(plan.roundTripMs);
      try {
        return new Line(name, plan, of, await startProxy(worker, link.far), link);
      } catch (error) {
        await link.close();
        throw error;
      }
    }
    // Somebody else on the machine may have been given the port meanwhile.
    const proxy = await startProxy(worker, ports?.take()).catch(() => startProxy(worker));
    return new Line(name, plan, of, proxy, undefined);
  }

  get first(): Reader {
    return this.readers[0]!;
  }

  /**
   * Plays all legs, and closes the line.
   *
   * @param begin makes the first run of the first client @param after what it asks to read behind @param runId of the legs to come
   */
  play(begin: Begin, after: string | undefined, runId: () => Promise<string>): Promise<void> {
    return this.#page.run(() => this.#playLegs(begin, after, runId));
  }

  async #playLegs(begin: Begin, after: string | undefined, runId: () => Promise<string>): Promise<void> {
    const strikes = { kill: 0, [WORKER_CLOCK]: 0 };
    this.#meter.add("kill", () => strikes.kill);
    this.#meter.add(WORKER_CLOCK, () => strikes[WORKER_CLOCK]);
    const forgetStrikes = this.#of.stage.onStrike((kind) => {
      const struck = this.#live;
      if (struck) strikes[kind] += 1;
      return struck;
    });
    for (const reader of this.readers) reader.beginsBehind(after);
    try {
      for (const [index, leg] of this.#plan.legs.entries()) {
        this.#strike(this.first.events.length);
        const storage = this.#storage;
        const client = this.#of.stage.makeClient(leg.transport, { ...this.#options(), storage }, leg.reads);
        const name = `${this.#name}-leg${index}`;
        const run = await this.#begun(index, client, begin, after, runId);
        if (run === undefined) {
          this.first.findsNothing();
          client.close();
          break;
        }
        this.#run = run;
        run.onStateChange(({ from, to }) => {
          if (from === "open" && (to === "waiting" || to === "connecting")) this.#onLost();
        });
        const shared: SharedClient = { client, reads: leg.reads, metered: (one, read) => this.#metered(one, leg.transport, read) };
        const until = leg.events === null ? Number.POSITIVE_INFINITY : this.first.events.length + leg.events;
        const second = this.readers[1];
        const [left] = await Promise.all([
          this.#metered(this.first, leg.transport, () =>
            this.first.read(
              run,
              this.#plan.slowMs,
              (count) => this.#onEvent(run, name, count, shared) || count >= until,
              leg.reads,
              leg.saves ? () => this.#closePage(storage) : undefined,
            ),
          ),
          second &&
            this.#metered(second, leg.transport, async () => {
              const same = client.resume(await runId(), this.#behind(after));
              await second.read(same, 0, () => false, leg.reads === "core" ? "core" : "events");
            }),
        ]);
        await this.#of.besides?.over();
        if (left !== "enough") await this.#of.uplink.settled(30_000);
        if (left !== "enough" && left.kind === "ended") await this.#asleep(shared, runId);
        client.close();
        if (left !== "enough") break;
      }
      if (this.#failed !== undefined) throw this.#failed.error;
    } finally {
      forgetStrikes();
      await this.close();
    }
  }

  async #asleep(shared: SharedClient, runId: () => Promise<string>): Promise<void> {
    const ids = this.first.events.map(({ id }) => id);
    const add: Meter["add"] = (kind, strikes) => this.#meter.add(kind, strikes);
    await this.#of.sleep?.play({ ...shared, proxy: this.#proxy, uplink: this.#of.uplink, run: await runId(), ids, add });
  }

  async #begun(
    index: number,
    client: Subject,
    begin: Begin,
    after: string | undefined,
    runId: () => Promise<string>,
  ): Promise<SubjectRun | undefined> {
    if (this.#plan.legs[index - 1]?.saves === true) return client.restore(SAVED, listening(this.#of.stage));
    const behind = this.first.events.at(-1)?.id ?? after;
    const options = { ...this.#behind(behind), ...(this.#plan.legs[index]?.saves === true && { saveAs: SAVED }) };
    return index === 0 ? begin(client, options) : client.resume(await runId(), options);
  }

  /** A page is closed between two turns: what a turn has written is there. */
  async #closePage(storage: PageStorage): Promise<void> {
    this.#page.tell("pagehide");
    await pause(0);
    this.#storage = storage.copy();
  }

  /** Also of one that was never played. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#over.abort();
    const { ports } = this.#of.stage;
    // What its client closed is let go of by both sides first: the proxy resets the rest, and workerd keeps a socket whose reset comes within its close.
    if (ports !== undefined) await this.#quiet();
    await this.#proxy.close();
    await this.#link?.close();
    ports?.giveBack(Number(this.#proxy.url.port));
  }

  async #quiet(): Promise<void> {
    const until = performance.now() + QUIET_MS;
    while (this.#proxy.open > 0 && performance.now() < until) await pause(QUIET_MS / 20);
  }

  get #live(): boolean {
    const state = this.#run?.connection;
    return !this.#over.signal.aborted && (state === "open" || state === "connecting") && this.#proxy.open > 0;
  }

  #onEvent(run: SubjectRun, name: string, count: number, shared: SharedClient): false {
    this.#strike(count);
    this.#of.besides?.at(count, shared);
    for (const input of this.#plan.inputs) if (Math.max(1, input.atEvent) === count) this.#of.uplink.send(run, name, input);
    if (this.#plan.cancelAt === count) this.#of.uplink.cancel(run, name, this.first.lastSeq);
    return false;
  }

  /** A connection is lost. By its credentials where their time is just over, and nothing else has struck it. */
  #onLost(): void {
    const now = performance.now();
    const lateMs = now - this.#credentialsMadeAt - (this.#credentialsMs ?? Number.POSITIVE_INFINITY);
    const cut = this.#proxy.faults.some(({ at, connections }) => connections > 0 && at > now - CREDENTIALS_LATE_MS);
    const struck = cut || this.#link?.wasStruckWithin(LINK_LATE_MS) === true;
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
    if (this.#link !== undefined) await this.#link.refresh();
    const before = { strikes: this.#meter.read(), reconnects: reader.reconnects, events: reader.events.length };
    const result = await read();
    if (this.#link !== undefined) await this.#link.refresh();
    const reconnects = reader.reconnects - before.reconnects;
    // Two readers may have a connection each, and only one of them was struck: each says so by coming back. So do two runs of one client.
    const unmoved = (this.readers.length > 1 || this.#of.besides?.planned === true) && reconnects === 0;
    const isBackOrLost = reconnects > 0 || reader.waitsInVain;
    const made = between(before.strikes, this.#meter.read());
    const strikes = [...made].filter(([kind]) => isBackOrLost || !STRIKES_WHO_COMES_BACK.has(kind));
    this.streams.push({
      reader: reader.name,
      transport,
      strikes: unmoved ? new Map() : new Map(strikes),
      reconnects,
      events: reader.events.length - before.events,
    });
    return result;
  }

  #behind(after: string | undefined): { readonly after?: string; readonly signal?: AbortSignal } {
    return { ...(after !== undefined && { after }), ...listening(this.#of.stage) };
  }

  #options(): SubjectOptions {
    return {
      ...listening(this.#of.stage),
      url: this.#link?.urlOf(this.#proxy.url) ?? this.#proxy.url,
      ...this.#link?.clients,
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
