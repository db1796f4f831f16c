import type { Agent, Transport } from "../follow/clients.ts";
import type { Link } from "../link/link.ts";
import { askMany, type Progress } from "../many/many.ts";
import { find, make, milliseconds, write } from "./dom.ts";
import { Frames } from "./frames.ts";
import { TITLES } from "./lane-view.ts";

const ANSWERS = 10;
const WORDS = 90;
const PROMPT = `Write ${WORDS} words at 30 tokens/s.`;

/** Ten answers at once over each transport. What a browser's connections make of them is seen, not told. */
export class ManyPanel {
  readonly #button = find("#many button", HTMLButtonElement);
  readonly #rows = { sse: new Rows("sse"), ws: new Rows("ws") };
  readonly #links: Readonly<Record<Transport, Link>>;

  /** @param choose whom the form names, for each transport; `undefined` where the form says nothing that can be asked */
  constructor(links: Readonly<Record<Transport, Link>>, choose: () => Readonly<Record<Transport, Agent>> | undefined) {
    this.#links = links;
    find("#many-rows", HTMLElement).append(this.#rows.sse.element, this.#rows.ws.element);
    write(find("#protocol", HTMLElement), protocolOfPage());
    this.#button.addEventListener("click", () => {
      const agents = choose();
      if (agents !== undefined) void this.#ask(agents);
    });
  }

  /** Whom it asks is known. */
  ready(): void {
    this.#button.disabled = false;
  }

  async #ask(agents: Readonly<Record<Transport, Agent>>): Promise<void> {
    this.#button.disabled = true;
    try {
      const question = { prompt: PROMPT, count: ANSWERS };
      await Promise.all(
        (["sse", "ws"] as const).map((transport) =>
          askMany(transport, agents[transport], this.#links[transport].port(), question, (index, progress) =>
            this.#rows[transport].show(index, progress),
          ),
        ),
      );
    } finally {
      this.#button.disabled = false;
    }
  }
}

/** By what protocol this origin is asked: with HTTP/2 a browser has no limit of connections. */
function protocolOfPage(): string {
  const [entry] = performance.getEntriesByType("navigation");
  const protocol = entry instanceof PerformanceResourceTiming ? entry.nextHopProtocol : "";
  const names: Readonly<Record<string, string>> = { "http/1.1": "HTTP/1.1", h2: "HTTP/2", h3: "HTTP/3" };
  return names[protocol] ?? "a protocol that the browser does not tell";
}

class Rows {
  readonly element: HTMLElement;
  readonly #rows: readonly { readonly bar: HTMLProgressElement; readonly said: HTMLElement }[];
  readonly #latest = new Map<number, Progress>();
  readonly #frames = new Frames(() => this.#draw());

  constructor(transport: Transport) {
    this.#rows = Array.from({ length: ANSWERS }, (_, index) => ({
      bar: make("progress", { max: WORDS, value: 0, ariaLabel: `Answer ${index + 1} over ${TITLES[transport]}` }),
      said: make("span", {}, "–"),
    }));
    const list = make("ol", {}, ...this.#rows.map(({ bar, said }) => make("li", {}, bar, said)));
    this.element = make("div", { className: "many" }, make("h3", {}, TITLES[transport]), list);
    this.element.dataset["transport"] = transport;
  }

  show(index: number, progress: Progress): void {
    this.#latest.set(index, progress);
    this.#frames.ask();
  }

  #draw(): void {
    for (const [index, { state, words, firstTokenMs, message }] of this.#latest) {
      const row = this.#rows[index];
      if (row === undefined) continue;
      row.bar.value = words;
      write(row.said, message ?? (firstTokenMs === undefined ? state : `first token after ${milliseconds(firstTokenMs)}`));
    }
    this.#latest.clear();
  }
}
