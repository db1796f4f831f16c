import { describe, describeElsewhere, readAbout, type About } from "./about.ts";
import type { Agent, Transport } from "./follow/clients.ts";
import { randomHex } from "./hex.ts";
import { laneAgent, newName, promptFor, readSettings, writeSettings, type Settings } from "./settings/settings.ts";
import { choose, isChosen, tokenFor } from "./settings/trust.ts";
import { AskForm } from "./view/ask-form.ts";
import { find, write } from "./view/dom.ts";
import { ExportPanel } from "./view/export-panel.ts";
import { FaultControls } from "./view/fault-controls.ts";
import { LaneView } from "./view/lane-view.ts";
import { ManyPanel } from "./view/many-panel.ts";
import { ReplayPanel } from "./view/replay-panel.ts";
import { SendForm } from "./view/send-form.ts";
import { Smoothness } from "./view/smoothness.ts";

/** The two lanes and what a person does with them. */
export class Playground {
  readonly #form = new AskForm({
    start: () => this.#start(),
    stop: () => void this.#stop(),
    follow: () => void this.#follow(),
    turned: (url) => this.#turnTo(url),
  });
  readonly #lanes: Readonly<Record<Transport, LaneView>>;
  readonly #faults: FaultControls;
  readonly #send: SendForm;
  readonly #replay = new ReplayPanel();
  readonly #export = new ExportPanel();
  readonly #many: ManyPanel;
  /** Whether both lanes began with the question that is shown: a run that was come back to has no first token to measure. */
  #asked = false;
  readonly #smoothness = new Smoothness(() => this.#live);
  #settings: Settings = readSettings(location.search);
  /** Of the agent that is asked where none is named. */
  readonly #newName = newName();
  #about: About | undefined;

  constructor() {
    this.#form.fill(this.#settings);
    const place = find("#lanes", HTMLElement);
    const user = {
      changed: () => this.#show(),
      say: (sentence: string) => this.#say(sentence),
      compared: () => this.#keep(),
      handOver: (from: Transport) => this.#handOver(from),
      bytes: (transport: Transport, bytes: Uint8Array) => this.#send.bytes(transport, bytes),
    };
    this.#lanes = { sse: new LaneView("sse", this.#agent("sse"), place, user), ws: new LaneView("ws", this.#agent("ws"), place, user) };
    const lanes = { sse: this.#lanes.sse.lane, ws: this.#lanes.ws.lane };
    this.#faults = new FaultControls(lanes, { reload: () => location.reload(), kill: () => void this.#kill() });
    this.#send = new SendForm(lanes);
    this.#many = new ManyPanel({ sse: lanes.sse.link, ws: lanes.ws.link }, () => this.#chooseMany());
    this.#show();
  }

  /** Follows what the URL names, or what was followed before a reload. */
  async begin(): Promise<void> {
    this.#about = await readAbout();
    this.#turnTo(this.#settings.url);
    const { url, name, sse, ws } = this.#settings;
    try {
      // Whoever made a link chose its Agent, and not who opened it.
      if (isChosen(url)) await this.#goOn();
      else this.#form.offerToFollow(name !== undefined && (sse !== undefined || ws !== undefined));
    } finally {
      // Whatever a link names, the next question is another one.
      this.#form.ready();
      this.#many.ready();
      await this.#replay.load();
    }
  }

  async #goOn(): Promise<void> {
    // Nothing was asked yet.
    if (this.#settings.name === undefined) return;
    await Promise.all(
      (["sse", "ws"] as const).map(async (transport) => {
        const { lane } = this.#lanes[transport];
        const run = this.#settings[transport];
        if (run !== undefined) lane.resume(run);
        // Its start was not answered when the page was left.
        else if (await lane.restore()) void this.#started(transport);
      }),
    );
  }

  /** A person has seen whose runs they are. */
  async #follow(): Promise<void> {
    this.#choose(this.#settings);
    this.#form.offerToFollow(false);
    await this.#goOn();
  }

  /** A person begins with this Agent. */
  #choose({ url }: Settings): void {
    choose(url);
    this.#turnTo(url);
  }

  /** Of the ten answers: whom the form names now, and not whom the lanes follow. */
  #chooseMany(): Readonly<Record<Transport, Agent>> | undefined {
    if (!this.#form.namesAgent()) return undefined;
    const settings = this.#form.read();
    this.#choose(settings);
    return { sse: this.#agent("sse", settings), ws: this.#agent("ws", settings) };
  }

  /** Shows what depends on whose Agent is asked. @param url absent for that of the Worker which serves the page */
  #turnTo(url: string | undefined): void {
    const about = url === undefined ? this.#about : undefined;
    const { text, warning } = url === undefined ? describe(about) : describeElsewhere(url, isChosen(url));
    const place = find("#about", HTMLElement);
    write(place, text);
    place.dataset["warning"] = String(warning);
    this.#form.allowPace(about?.model === "scripted");
    this.#form.askForToken(about?.asksForToken === true);
    this.#faults.allow("kill", about?.killUrl !== undefined);
  }

  get #live(): boolean {
    return Object.values(this.#lanes).some(({ lane }) => lane.live);
  }

  get #scripted(): boolean {
    return this.#settings.url === undefined && this.#about?.model === "scripted";
  }

  #agent(transport: Transport, { url, name = this.#newName, runs, of = transport }: Settings = this.#settings): Agent {
    return { url: url ?? location.origin, name: laneAgent(name, runs, of), token: () => tokenFor(url) };
  }

  #start(): void {
    this.#settings = { name: this.#newName, ...this.#form.read() };
    this.#form.showName(this.#settings.name);
    this.#choose(this.#settings);
    this.#form.offerToFollow(false);
    this.#remember();
    const prompt = promptFor(this.#settings, this.#scripted);
    this.#send.clear();
    const key = randomHex(16);
    for (const transport of ["sse", "ws"] as const) this.#lanes[transport].lane.use(this.#agent(transport));
    // Both at once, so that both times begin with the question. With one agent and one key that is one run.
    for (const { lane } of Object.values(this.#lanes)) lane.start(prompt, key);
    this.#asked = true;
    this.#smoothness.watch();
    for (const transport of ["sse", "ws"] as const) void this.#started(transport);
  }

  /** Once a lane's run has an id, the URL names it, whether or not the other lane was answered. What failed to start is told by its lane. */
  async #started(transport: Transport): Promise<void> {
    const { lane } = this.#lanes[transport];
    const { run } = lane;
    await Promise.allSettled([run?.started]);
    // Another question may have been asked meanwhile, or the run been left.
    if (run?.id === undefined || lane.run !== run) return;
    this.#settings = { ...this.#settings, [transport]: run.id };
    this.#remember();
  }

  async #stop(): Promise<void> {
    await Promise.all(Object.values(this.#lanes).map((lane) => lane.stop()));
  }

  /** Of the Worker in development. Its runs go on in the next one. */
  async #kill(): Promise<void> {
    const url = this.#about?.killUrl;
    if (url === undefined) return;
    const records = Object.values(this.#lanes).flatMap(({ lane }) => (lane.live ? [lane.record] : []));
    try {
      const response = await fetch(url, { method: "POST" });
      if (!response.ok) return this.#faults.say(`The Worker was not killed: ${await response.text()}`);
    } catch {
      return this.#faults.say("The Worker was not killed: dev does not answer. Start it again.");
    }
    for (const record of records) record.fault("killed");
  }

  /** Once both lanes were compared with the log. */
  #keep(): void {
    const { sse, ws } = { sse: this.#lanes.sse.measured, ws: this.#lanes.ws.measured };
    if (!this.#asked || sse === undefined || ws === undefined) return;
    this.#asked = false;
    const { url, runs, tokensPerSecond, words } = this.#settings;
    const settings = {
      target: new URL(url ?? location.origin).href,
      model: url === undefined ? this.#about?.model : undefined,
      runs,
      ...(this.#scripted ? { scripted: { tokensPerSecond, words } } : {}),
    };
    this.#export.keep({ settings, lanes: { sse, ws }, frameDelayP99Ms: this.#smoothness.delayP99Ms });
  }

  #handOver(from: Transport): void {
    const to: Transport = from === "sse" ? "ws" : "sse";
    // Its button is there once the agent has answered. A lane without an id has nothing that the other could go on with.
    if (this.#lanes[from].lane.run?.id === undefined) return;
    const handover = this.#lanes[from].lane.leave();
    if (handover === undefined) return;
    this.#asked = false;
    this.#lanes[to].lane.use(handover.agent);
    this.#lanes[to].lane.resume(handover.run, handover.given);
    this.#lanes[to].lane.record.fault("handed over");
    this.#lanes[from].left("Handed over: the other lane goes on behind this lane’s last event.");
    this.#lanes[from].lane.forget();
    const { sse: _sse, ws: _ws, of = from, ...rest } = this.#settings;
    // With an agent each, a lane that is loaded again would look for the run in its own.
    this.#settings = { ...rest, [to]: handover.run, ...(rest.runs === "each" ? { of } : {}) };
    this.#remember();
  }

  #say(sentence: string): void {
    write(find("#said", HTMLElement), sentence);
  }

  #remember(): void {
    history.replaceState(null, "", `${location.pathname}${writeSettings(this.#settings)}`);
  }

  #show(): void {
    this.#form.live(this.#live);
    this.#send.live(this.#live);
    this.#faults.show();
  }
}
