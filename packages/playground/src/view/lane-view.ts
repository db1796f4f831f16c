import type { RunEnd, TransportError } from "@agent-transports/sse-client";
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
  /** What the line had carried before this run. */
  #bytesBefore = { up: 0, down: 0 };
  /** How the run ended. */
  #state = "";
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

  begun(carried: string): void {
    this.#comparison = undefined;
    this.#bytesBefore = { ...this.lane.link.bytes };
    this.#text.clear(carried);
    write(this.#parts.verdict, "");
    delete this.#parts.verdict.dataset["equal"];
    this.changed();
  }

  events(chunks: readonly RunChunk[]): void {
    this.#text.take(chunks);
    for (const chunk of chunks) {
      if (chunk.type === "data-input" && chunk["data"] instanceof Uint8Array) this.#user.bytes(this.lane.transport, chunk["data"]);
    }
    this.#frames.ask();
  }

  changed(): void {
    this.#frames.ask();
    this.#user.changed();
  }

  ended(end: RunEnd | undefined): void {
    this.#state = end?.state ?? "ended";
    this.#user.say(`${this.#title}: the run is ${this.#state}.`);
    write(this.#parts.verdict, `The run is ${this.#state}. Reading the log again …`);
    this.changed();
  }

  failed(error: TransportError): void {
    this.#user.say(`${this.#title}: ${error.message}`);
    write(this.#parts.verdict, error.message);
    this.changed();
  }

  compared(comparison: Comparison | undefined): void {
    this.#comparison = comparison;
    const what =
      comparison === undefined
        ? "The log could not be read again: nothing is compared."
        : comparison.equal
          ? `Text equals the log’s. SHA-256 ${comparison.given.slice(0, 16)}…`
          : `Text differs from the log’s: ${comparison.given.slice(0, 12)}… here, ${comparison.log.slice(0, 12)}… there.`;
    write(this.#parts.verdict, `The run is ${this.#state}. ${what}`);
    this.#parts.verdict.dataset["equal"] = String(comparison?.equal ?? "unknown");
    // What was compared and what is shown beside it are of one moment.
    this.#text.flush();
    this.#drawState();
    this.#user.compared();
  }

  /** What was measured of the run that ended; `undefined` until it was compared. */
  get measured(): Measured | undefined {
    if (this.#comparison === undefined) return undefined;
    const { record, link } = this.lane;
    const bytesOf = (direction: "up" | "down"): number => link.bytes[direction] - this.#bytesBefore[direction];
    return { record, comparison: this.#comparison, bytesDown: bytesOf("down"), bytesUp: bytesOf("up") };
  }

  /** It has let its run go, to the other lane or for good. */
  left(why: string): void {
    write(this.#parts.verdict, why);
    this.changed();
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
    const { record } = lane;
    const begun = lane.run !== undefined;
    const state = begun ? (lane.run?.connection ?? "idle") : record.arrivals.length > 0 ? "left" : "idle";
    write(this.#parts.state, state);
    this.#parts.state.dataset["state"] = state;
    this.#drawTimeline();
    this.#parts.over.disabled = !lane.live;
    if (begun) this.#drawFigures();
  }

  /** A canvas whose size changes is empty: it is drawn in the same frame. */
  #drawTimeline(): void {
    const { run, record } = this.lane;
    this.#timeline.draw(run !== undefined || record.arrivals.length > 0 ? record : undefined);
  }

  #drawFigures(): void {
    const { record, counter, link } = this.lane;
    const { figures, counters, timeline } = this.#parts;
    const counts = this.#comparison ?? counter.counts();
    figures.firstToken(milliseconds(record.firstTokenMs));
    figures.longestGap(milliseconds(record.longestGapMs));
    figures.reconnects(String(record.reconnects));
    figures.recovery(milliseconds(record.recoveriesMs.at(-1)));
    figures.bytes(bytes(link.bytes.down - this.#bytesBefore.down));
    figures.events(String(counts.received));
    for (const name of ["lost", "repeated", "reordered"] as const)
      counters[name](String(counts[name]), counts[name] === 0 ? "good" : "bad");
    const label = `${this.#title}: gaps between arrivals. Longest ${milliseconds(record.longestGapMs)}, ${record.reconnects} reconnects.`;
    // Every second is enough for whoever has it read out.
    if (record.endedMs !== undefined || Math.round(record.nowMs / 1_000) % 5 === 0) timeline.setAttribute("aria-label", label);
  }
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
  over.textContent = `Hand over to ${transport === "sse" ? "WebSocket" : "SSE"}`;
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
