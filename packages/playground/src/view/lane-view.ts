import { TransportError, type RunEnd, type StateChange } from "@agent-transports/sse-client";
import type { RunChunk } from "@agent-transports/protocol";
import { Timeline } from "../draw/timeline.ts";
import type { Agent, Transport } from "../follow/clients.ts";
import type { Measured } from "../export/results.ts";
import type { Comparison } from "../follow/integrity.ts";
import { Lane, type LaneUser } from "../follow/lane.ts";
import { bytes, figure, find, milliseconds, write } from "./dom.ts";
import { Frames } from "./frames.ts";
import { TextView } from "./text-view.ts";

/** Figures and the timeline are drawn so often while text comes; the text itself at each frame. */
const FIGURES_PERIOD_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 500 : 100;

const STOPPING = "Stopping: the Agent has not answered yet.";

export const TITLES: Readonly<Record<Transport, string>> = { sse: "Server-Sent Events", ws: "WebSocket" };

export interface LaneViewUser {
  /** Something that the page's controls go by has changed. */
  changed(): void;
  /** For readers of screens: one sentence. */
  say(sentence: string): void;
  handOver(from: Transport): void;
  /** Its run was read to its end, and compared with the log. */
  compared(): void;
  /** Bytes of the run, as they come. */
  bytes(transport: Transport, bytes: Uint8Array): void;
}

/** A lane of the page: what it shows of a {@link Lane}. */
export class LaneView implements LaneUser {
  readonly lane: Lane;
  readonly #user: LaneViewUser;
  readonly #title: string;
  readonly #parts: ReturnType<typeof partsOf>;
  readonly #text: TextView;
  readonly #timeline: Timeline;
  readonly #frames = new Frames(() => this.#draw());
  #comparison: Comparison | undefined;
  /** How the run ended, as a sentence. */
  #outcome = "";
  /** Its run failed for this reader: what it missed is known only from the log. */
  #failed = false;
  #left = false;
  /** A person ends its run, and the agent has not answered that. */
  #stopping = false;
  /** Why it waits for a connection, while it does. */
  #waitsFor: TransportError | undefined;
  #figuresAt = 0;
  #figuresDue: ReturnType<typeof setTimeout> | undefined;

  constructor(transport: Transport, agent: Agent, place: HTMLElement, user: LaneViewUser) {
    this.#user = user;
    this.#title = TITLES[transport];
    this.#parts = partsOf(transport, place);
    this.#text = new TextView(this.#parts.text);
    this.#timeline = new Timeline(this.#parts.timeline, () => this.#drawTimeline());
    this.lane = new Lane(transport, agent, this);
    this.#parts.over.addEventListener("click", () => this.#user.handOver(transport));
  }

  begun(carried: readonly RunChunk[]): void {
    this.#comparison = this.#waitsFor = undefined;
    this.#failed = this.#left = this.#stopping = false;
    this.#text.clear(carried);
    this.#giveBytes(carried);
    write(this.#parts.verdict, "");
    delete this.#parts.verdict.dataset["equal"];
    this.changed();
  }

  events(chunks: readonly RunChunk[]): void {
    this.#text.take(chunks);
    this.#giveBytes(chunks);
    this.#frames.ask();
  }

  #giveBytes(chunks: readonly RunChunk[]): void {
    for (const chunk of chunks) {
      if (chunk.type === "data-input" && chunk["data"] instanceof Uint8Array) this.#user.bytes(this.lane.transport, chunk["data"]);
    }
  }

  /** Whoever waits is told for what, and by an agent that was never reached what to do about it. */
  connection({ to, error }: StateChange): void {
    if (to === "waiting" && error !== undefined) {
      // Readers of screens hear of it once, and not at each try.
      if (error.code === "never_connected" && this.#waitsFor?.code !== error.code) this.#say(error.message);
      this.#waitsFor = error;
      write(this.#parts.verdict, this.#stopping ? `${STOPPING} ${error.message}` : error.message);
    }
    if (to === "open" && this.#waitsFor !== undefined) {
      this.#waitsFor = undefined;
      write(this.#parts.verdict, this.#stopping ? STOPPING : "");
    }
    this.changed();
  }

  changed(): void {
    this.#frames.ask();
    this.#user.changed();
  }

  ended(end: RunEnd | undefined): void {
    const wentOn = this.lane.record.faults.some(({ fault }) => fault === "went on");
    this.#outcome = `The run is ${end?.state ?? "ended"}.${wentOn ? " It was interrupted, and went on." : ""}`;
    this.#say(this.#outcome);
    write(this.#parts.verdict, `${this.#outcome} Reading the log again …`);
    this.changed();
  }

  failed(error: TransportError): void {
    this.#failed = true;
    this.#outcome = error.message;
    this.#say(this.#outcome);
    write(this.#parts.verdict, this.#outcome);
    this.changed();
  }

  compared(comparison: Comparison): void {
    this.#comparison = comparison;
    this.#conclude(sentenceOf(comparison), String(comparison.equal));
  }

  notCompared(why: string): void {
    this.#comparison = undefined;
    this.#conclude(`${why}: nothing is compared.`, "unknown");
  }

  #conclude(what: string, equal: string): void {
    write(this.#parts.verdict, `${this.#outcome} ${what}`);
    this.#parts.verdict.dataset["equal"] = equal;
    // What was compared and what is shown beside it are of one moment.
    this.#text.flush();
    this.#drawState();
    this.#user.compared();
  }

  /** What was measured of the run that was read to its end; `undefined` until it was compared. */
  get measured(): Measured | undefined {
    if (this.#comparison === undefined || this.#failed) return undefined;
    const { record } = this.lane;
    return { record, comparison: this.#comparison, bytesDown: record.bytes.down, bytesUp: record.bytes.up };
  }

  /** It has let its run go, to the other lane or for good. */
  left(why: string): void {
    this.#left = true;
    this.#say(why);
    write(this.#parts.verdict, why);
    this.changed();
  }

  /** Ends the run for all its readers. One that the agent has not answered cannot be ended there, and is given up here. */
  async stop(): Promise<void> {
    const { run, live } = this.lane;
    if (run === undefined || !live) return;
    if (run.id === undefined) {
      this.lane.forget();
      return this.left("Stopped before the Agent answered. A question that reached it is answered there all the same.");
    }
    // Where the agent cannot be reached, that takes as long as it cannot.
    this.#stopping = true;
    this.#say(STOPPING);
    write(this.#parts.verdict, STOPPING);
    try {
      await run.cancel();
    } catch (error) {
      if (this.lane.run === run) this.#stopping = false;
      if (!(error instanceof TransportError)) throw error;
      // It may have ended meanwhile, or another question been asked.
      if (this.lane.run !== run || !this.lane.live) return;
      const why = `The run was not stopped: ${error.message}`;
      this.#say(why);
      write(this.#parts.verdict, why);
    }
  }

  #say(sentence: string): void {
    this.#user.say(`${this.#title}: ${sentence}`);
  }

  #draw(): void {
    this.#text.flush();
    const sinceMs = performance.now() - this.#figuresAt;
    clearTimeout(this.#figuresDue);
    if (sinceMs < FIGURES_PERIOD_MS) {
      this.#figuresDue = setTimeout(() => this.#frames.ask(), FIGURES_PERIOD_MS - sinceMs);
      return;
    }
    this.#figuresAt = performance.now();
    this.#drawState();
    // The time since the last text grows without an event.
    if (this.lane.live) this.#figuresDue = setTimeout(() => this.#frames.ask(), FIGURES_PERIOD_MS);
  }

  #drawState(): void {
    const { lane } = this;
    const begun = lane.run !== undefined;
    const state = lane.run?.connection ?? (this.#left ? "left" : "idle");
    write(this.#parts.state, state);
    this.#parts.state.dataset["state"] = state;
    this.#drawTimeline();
    // Before the agent has answered there is nothing to go on with.
    this.#parts.over.disabled = !lane.live || lane.run?.id === undefined;
    if (begun) this.#drawFigures();
  }

  /** A canvas whose size changes is empty: it is drawn in the same frame. */
  #drawTimeline(): void {
    const { run, record } = this.lane;
    this.#timeline.draw(run !== undefined || this.#left ? record : undefined);
  }

  #drawFigures(): void {
    const { record, counter } = this.lane;
    const { figures, counters, timeline } = this.#parts;
    const seen = counter.counts();
    // Of nothing that came, nothing can be said.
    const counts = this.#comparison ?? (this.#failed || seen.received === 0 ? undefined : seen);
    figures.firstToken(milliseconds(record.firstTokenMs));
    figures.longestGap(milliseconds(record.longestGapMs));
    figures.reconnects(String(record.reconnects));
    figures.recovery(milliseconds(record.recoveriesMs.at(-1)));
    figures.bytes(bytes(record.bytes.down));
    figures.events(String((counts ?? seen).received));
    for (const name of ["lost", "repeated", "reordered"] as const) {
      if (counts === undefined) counters[name]("–");
      else counters[name](String(counts[name]), counts[name] === 0 ? "good" : "bad");
    }
    const label = `${this.#title}: gaps between arrivals. Longest ${milliseconds(record.longestGapMs)}, ${record.reconnects} reconnects.`;
    // Every second is enough for whoever has it read out.
    if (record.endedMs !== undefined || Math.round(record.nowMs / 1_000) % 5 === 0) timeline.setAttribute("aria-label", label);
  }
}

function sentenceOf({ equal, hashes }: Comparison): string {
  const what = equal ? "Text equals the log’s." : "Text differs from the log’s.";
  if (hashes === undefined) return `${what} No SHA-256 is shown: the page came over plain HTTP.`;
  const { given, log } = hashes;
  return equal ? `${what} SHA-256 ${given.slice(0, 16)}…` : `${what} SHA-256 ${given.slice(0, 12)}… here, ${log.slice(0, 12)}… there.`;
}

function partsOf(transport: Transport, place: HTMLElement) {
  const article = find("article", HTMLElement, document.importNode(find("#lane", HTMLTemplateElement).content, true));
  const part = <Kind extends Element>(name: string, kind: new () => Kind): Kind => find(`[data-part="${name}"]`, kind, article);
  const title = TITLES[transport];
  const heading = find("h2", HTMLHeadingElement, article);
  heading.textContent = title;
  heading.id = `title-${transport}`;
  article.dataset["transport"] = transport;
  article.setAttribute("aria-labelledby", heading.id);
  const text = part("text", HTMLElement);
  text.setAttribute("aria-label", `Answer over ${title}`);
  const over = part("over", HTMLButtonElement);
  over.textContent = "Hand over";
  over.title = over.ariaLabel = `Hand over to ${transport === "sse" ? "WebSocket" : "SSE"}`;
  over.disabled = true;
  const timeline = part("timeline", HTMLCanvasElement);
  timeline.setAttribute("aria-label", `${title}: gaps between arrivals. No run yet.`);
  const figures = part("figures", HTMLDListElement);
  const counters = part("counters", HTMLDListElement);
  place.append(article);
  return {
    text,
    over,
    timeline,
    state: part("state", HTMLElement),
    verdict: part("verdict", HTMLElement),
    figures: {
      firstToken: figure(figures, "First token"),
      longestGap: figure(figures, "Longest gap"),
      reconnects: figure(figures, "Reconnects"),
      recovery: figure(figures, "Back after"),
      bytes: figure(figures, "Received"),
      events: figure(figures, "Events"),
    },
    counters: { lost: figure(counters, "Lost"), repeated: figure(counters, "Repeated"), reordered: figure(counters, "Reordered") },
  };
}
