import type { Transport } from "../follow/clients.ts";
import { quantile } from "../quantile.ts";
import { arrivalsOf, replayOf, stallsOf, type Cell, type Replay } from "../replay/cells.ts";
import { Player } from "../replay/player.ts";
import { find, milliseconds, write } from "./dom.ts";
import dataUrl from "../replay/data.json?url";

/** What a reader begins to see. */
const STALL_MS = 100;

const SENTENCES =
  "A reader does not see a protocol. A reader sees words, and how evenly they come. Where packets are lost, a word waits until the lost one was sent again, and all words behind it wait too. ";
const WORDS = SENTENCES.match(/\S+\s*/g) ?? [];

/** The factors of a cell that a person chooses, by their sliders. */
const FACTORS = ["roundTripMs", "lossPercent", "answers"] as const;
type Factor = (typeof FACTORS)[number];
const UNITS: Readonly<Record<Factor, (value: number) => string>> = {
  roundTripMs: (value) => `${value} ms`,
  lossPercent: (value) => `${value} %`,
  answers: (value) => (value === 1 ? "one" : String(value)),
};

/** Replays answers as they came over a measured network: what a person would see there, of both transports. */
export class ReplayPanel {
  readonly #place = find("#replay", HTMLElement);
  readonly #play = find("#replay-play", HTMLButtonElement);
  readonly #said = find("#replay-said", HTMLElement);
  readonly #texts: Readonly<Record<Transport, HTMLElement>> = {
    sse: find("#replay-sse", HTMLElement),
    ws: find("#replay-ws", HTMLElement),
  };
  #replay: Replay | undefined;
  #players: readonly Player[] = [];

  constructor() {
    for (const factor of FACTORS) this.#slider(factor).addEventListener("input", () => this.#choose());
    this.#play.addEventListener("click", () => this.#start());
    const file = find("#replay-file", HTMLInputElement);
    file.addEventListener("change", () => void this.#open(file.files?.[0]));
  }

  /** The data that came with the page. */
  async load(): Promise<void> {
    const response = await fetch(dataUrl);
    const replay: Replay = await response.json();
    this.#use(replay);
  }

  async #open(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    try {
      const stream = file.name.endsWith(".gz") ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream();
      this.#use(replayOf(await new Response(stream).json()));
    } catch (error) {
      write(this.#said, error instanceof Error ? error.message : String(error));
    }
  }

  #use(replay: Replay): void {
    this.#replay = replay;
    // Where there is loss there is something to see.
    const [first] = replay.cells.toSorted((a, b) => b.lossPercent - a.lossPercent);
    for (const factor of FACTORS) {
      const slider = this.#slider(factor);
      const values = this.#values(factor);
      slider.max = String(Math.max(0, values.length - 1));
      slider.value = String(first === undefined ? 0 : values.indexOf(first[factor]));
      slider.disabled = values.length < 2;
    }
    this.#choose();
  }

  /** The measured values of a factor, in order: a slider goes from one to the next. */
  #values(factor: Factor): readonly number[] {
    return [...new Set((this.#replay?.cells ?? []).map((cell) => cell[factor]))].sort((a, b) => a - b);
  }

  #slider(factor: Factor): HTMLInputElement {
    return find(`input[data-factor="${factor}"]`, HTMLInputElement, this.#place);
  }

  get #cell(): Cell | undefined {
    const chosen = FACTORS.map((factor) => [factor, this.#values(factor)[Number(this.#slider(factor).value)]] as const);
    return this.#replay?.cells.find((cell) => chosen.every(([factor, value]) => cell[factor] === value));
  }

  #choose(): void {
    for (const factor of FACTORS) {
      const slider = this.#slider(factor);
      const value = this.#values(factor)[Number(slider.value)];
      const text = value === undefined ? "–" : UNITS[factor](value);
      slider.setAttribute("aria-valuetext", text);
      write(find(`output[data-factor="${factor}"]`, HTMLOutputElement, this.#place), text);
    }
    const cell = this.#cell;
    this.#play.disabled = cell === undefined;
    write(this.#said, this.#describe(cell));
  }

  #describe(cell: Cell | undefined): string {
    const replay = this.#replay;
    if (replay === undefined || replay.cells.length === 0)
      return "Nothing is measured yet. Open the results of a run that has the scenario map or stalls.";
    if (cell === undefined) return "These three together were not measured. Move another slider.";
    const [sse, ws] = (["sse", "ws"] as const).map((transport) => {
      const lags = cell.lagsMs[transport];
      const stalls = stallsOf(arrivalsOf(lags, replay.tokensPerSecond), STALL_MS);
      return { lag: milliseconds(quantile(lags, 0.99)), stalls };
    });
    if (sse === undefined || ws === undefined) return "";
    return (
      `Of this answer, 99 % of tokens were late by less than ${sse.lag} over SSE, and ${ws.lag} over WebSocket. ` +
      `Waits of more than ${STALL_MS} ms: ${sse.stalls} and ${ws.stalls}. ` +
      `Measured on ${replay.measuredAt.slice(0, 10)}` +
      (replay.sameLuck && cell.lossPercent > 0 ? ", with the same luck on the link." : ".")
    );
  }

  #start(): void {
    const cell = this.#cell;
    if (cell === undefined || this.#replay === undefined) return;
    const { tokensPerSecond } = this.#replay;
    for (const player of this.#players) player.stop();
    this.#players = (["sse", "ws"] as const).map((transport) => {
      const text = new Text();
      const box = this.#texts[transport];
      box.replaceChildren(text);
      const show = (from: number, to: number): void => {
        for (let token = from; token < to; token++) text.appendData(WORDS[token % WORDS.length] ?? "");
        box.scrollTop = box.scrollHeight;
      };
      return new Player(arrivalsOf(cell.lagsMs[transport], tokensPerSecond), show);
    });
    for (const player of this.#players) player.start();
  }
}
