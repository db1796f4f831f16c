import { TransportError, type Run, type RunEnd, type StateChange, type TransportClient } from "@agent-transports/sse-client";
import type { RunChunk } from "@agent-transports/protocol";
import { Link } from "../link/link.ts";
import { agentPath, authorization, createClient, type Agent, type Transport } from "./clients.ts";
import { compare, Counter, hasEnded, readLog, type Comparison, type Delivered } from "./integrity.ts";
import { Memory } from "./memory.ts";
import { LaneRecord } from "./record.ts";

/** What a lane tells whoever shows it. */
export interface LaneUser {
  /** It begins to follow a run, from its first event or behind what the other lane was given. */
  begun(carried: readonly RunChunk[]): void;
  /** Events of one read or of one frame, in order. */
  events(chunks: readonly RunChunk[]): void;
  connection(change: StateChange): void;
  changed(): void;
  ended(end: RunEnd | undefined): void;
  failed(error: TransportError): void;
  /** The log was read again, and this is what came of it. */
  compared(comparison: Comparison): void;
  /** Nothing was compared. @param why as a sentence's first half */
  notCompared(why: string): void;
}

/** What a lane that left its run had of it, for the other one to go on with. */
export interface Handover {
  readonly agent: Agent;
  readonly run: string;
  readonly given: readonly Delivered[];
}

/** One transport that follows one run at a time, and measures what it is given. */
export class Lane {
  readonly transport: Transport;
  readonly link = new Link();
  readonly #user: LaneUser;
  readonly #memory = new Memory();
  #agent: Agent;
  #client: TransportClient | undefined;
  /** With which its connections were opened: one that stays open is asked on, whatever the token is by then. */
  #token: string | undefined;
  /** Where its client's connections begin. */
  #port = this.link.port();
  #run: Run | undefined;
  #stopListening: () => void = () => undefined;
  /** Everything that was given, carried over from the other lane included. */
  #given: Delivered[] = [];
  #counter = new Counter();
  record = new LaneRecord();

  constructor(transport: Transport, agent: Agent, user: LaneUser) {
    this.transport = transport;
    this.#agent = agent;
    this.#user = user;
    this.link.onFault((fault) => {
      if (this.live) this.record.fault(fault);
      this.#user.changed();
    });
  }

  get run(): Run | undefined {
    return this.#run;
  }

  /** Whether it follows a run that has not ended. */
  get live(): boolean {
    return this.#run !== undefined && this.#run.connection !== "ended" && this.#run.connection !== "failed";
  }

  get counter(): Counter {
    return this.#counter;
  }

  /** The name under which the client remembers the run, should the page be loaded again before it ends. */
  get #saveAs(): string {
    return `playground-${this.transport}`;
  }

  /** What was followed is let go. For the same agent and token the client stays, as in an application: its next question finds its socket open. */
  use(agent: Agent): void {
    this.leave();
    if (agent.url === this.#agent.url && agent.name === this.#agent.name && agent.token() === this.#token) return;
    this.#client?.close();
    this.#client = undefined;
    this.#agent = agent;
  }

  /** @param key one key is one run: whoever comes second joins it */
  start(prompt: string, key: string): void {
    // The whole context: a conversation that the agent holds would make the second question longer than the first.
    const message = { id: "question", role: "user", parts: [{ type: "text", text: prompt }] } as const;
    const run = this.#connect().start({ messages: [message] }, { key, saveAs: this.#saveAs });
    this.#follow(run, [], new LaneRecord(true, this.#port.bytes));
  }

  /** @param given what another reader was given of it */
  resume(run: string, given: readonly Delivered[] = []): void {
    const after = given.at(-1)?.id;
    this.#follow(this.#connect().resume(run, { after, saveAs: this.#saveAs }), given);
  }

  /** The run whose start was not answered, or not read to its end, when the page was left: from its first event. `false` where there is none. */
  async restore(): Promise<boolean> {
    const run = await this.#connect().restore(this.#saveAs, { fromStart: true });
    if (run === undefined) return false;
    this.#follow(run, []);
    this.record.fault("reloaded");
    return true;
  }

  /** Stops following; the run goes on. @returns what another lane needs to go on with it; `undefined` where the agent has not answered yet */
  leave(): Handover | undefined {
    const run = this.#run;
    this.#stopListening();
    this.#run = undefined;
    run?.close();
    if (run !== undefined) this.record.end();
    return run?.id === undefined ? undefined : { agent: this.#agent, run: run.id, given: this.#given };
  }

  /** Leaves its run for good: a reload does not come back to it, nor asks again for one that the agent has not answered yet. */
  forget(): void {
    this.leave();
    this.#memory.forget();
  }

  #connect(): TransportClient {
    if (this.#client !== undefined) return this.#client;
    this.#port = this.link.port();
    this.#token = this.#agent.token();
    return (this.#client = createClient(this.transport, this.#agent, this.#port, this.#memory));
  }

  #follow(run: Run, given: readonly Delivered[], record = new LaneRecord(false, this.#port.bytes)): void {
    this.leave();
    this.#run = run;
    this.#given = [...given];
    this.#counter = new Counter();
    for (const event of given) this.#counter.see(event);
    this.record = record;
    // What was done to the line before counts for this run, too.
    if (this.link.slow) this.record.fault("slow");
    if (this.link.state !== "online") this.record.fault(this.link.state);
    // A client that was idle has not noticed it yet, and asks on the connection that it has.
    if (this.link.halfOpened) this.record.fault("half-open");
    this.#stopListening = run.onStateChange((change) => {
      this.record.state(change);
      this.#user.connection(change);
    });
    this.#user.begun(given.map(({ data }) => data));
    void this.#read(run);
  }

  async #read(run: Run): Promise<void> {
    try {
      for await (const batch of run.batches()) {
        if (this.#run !== run) return;
        let characters = 0;
        for (const event of batch) {
          this.#given.push(event);
          this.#counter.see(event);
          if (event.data.type === "text-delta") characters += event.data.delta.length;
          if (event.data.type === "data-resumed") this.record.fault("went on");
        }
        if (characters > 0) this.record.text(characters);
        this.#user.events(batch.map(({ data }) => data));
      }
    } catch (error) {
      if (this.#run !== run) return;
      if (!(error instanceof TransportError)) throw error;
      this.record.end();
      this.#user.failed(error);
      // What it missed is lost, too.
      if (run.id !== undefined) await this.#compare(run);
      return;
    }
    if (this.#run !== run) return;
    this.record.end();
    this.#user.ended(run.end);
    await this.#compare(run);
  }

  async #compare(run: Run): Promise<void> {
    const url = `${agentPath(this.#agent)}/runs/${run.id}`;
    const headers = authorization(this.#agent);
    const given = this.#given;
    const counter = this.#counter;
    try {
      if (run.end === undefined && !(await hasEnded(url, headers))) {
        if (this.#run === run) this.#user.notCompared("The run is still written");
        return;
      }
      const log = await readLog(`${url}/events`, headers);
      const comparison = await compare(given, log, counter);
      if (this.#run === run) this.#user.compared(comparison);
    } catch (error) {
      console.warn(error);
      if (this.#run === run) this.#user.notCompared("The log could not be read again");
    }
  }
}
