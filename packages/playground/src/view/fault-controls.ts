import type { Transport } from "../follow/clients.ts";
import type { Lane } from "../follow/lane.ts";
import type { Slowness } from "../link/link.ts";
import { find, write } from "./dom.ts";

/** Shorter than the silence after which a client takes its agent for dead, which is 10 s, and longer. */
const TUNNEL_MS = 4_000;
const LONG_TUNNEL_MS = 12_000;
const SLOW: Slowness = { roundTripMs: 300, bytesPerSecond: 4_000 };

/** The buttons that break lines: those of both lanes, or of one. */
export class FaultControls {
  readonly #lanes: Readonly<Record<Transport, Lane>>;
  readonly #place = find(".break", HTMLElement);
  readonly #said = find("#break-said", HTMLElement);
  readonly #actions: Readonly<Record<string, () => void>>;

  /** @param more what is done by buttons that are no matter of a line */
  constructor(lanes: Readonly<Record<Transport, Lane>>, more: Readonly<Record<string, () => void>>) {
    this.#lanes = lanes;
    this.#actions = {
      cut: () => this.#each((lane) => lane.link.cut()),
      "half-open": () => this.#each((lane) => lane.link.halfOpen()),
      tunnel: () => this.#each((lane) => lane.link.tunnel(TUNNEL_MS)),
      "long-tunnel": () => this.#each((lane) => lane.link.tunnel(LONG_TUNNEL_MS)),
      offline: () => this.#toggleOffline(),
      slow: () => {
        const slow = !this.#chosen.every((lane) => lane.link.slow);
        this.#each((lane) => lane.link.slowDown(slow ? SLOW : undefined));
      },
      ...more,
    };
    this.#place.addEventListener("click", ({ target }) => {
      if (!(target instanceof HTMLButtonElement)) return;
      this.say("");
      this.#actions[target.dataset["fault"] ?? ""]?.();
      this.show();
    });
    this.#place.addEventListener("change", () => this.show());
  }

  /** Shows a button that is not there everywhere. */
  allow(fault: string, allowed: boolean): void {
    this.#button(fault).hidden = !allowed;
  }

  /** Why a fault did not happen. */
  say(sentence: string): void {
    write(this.#said, sentence);
  }

  show(): void {
    const chosen = this.#chosen;
    const offline = chosen.every(({ link }) => link.state === "offline");
    this.#button("offline").textContent = offline ? "Back online" : "Offline";
    this.#button("offline").setAttribute("aria-pressed", String(offline));
    this.#button("slow").setAttribute("aria-pressed", String(chosen.every(({ link }) => link.slow)));
    for (const tunnel of ["tunnel", "long-tunnel"]) this.#button(tunnel).disabled = chosen.some(({ link }) => link.state !== "online");
  }

  get #chosen(): readonly Lane[] {
    const line = find("input[name=line]:checked", HTMLInputElement, this.#place).value;
    const { sse, ws } = this.#lanes;
    return line === "sse" ? [sse] : line === "ws" ? [ws] : [sse, ws];
  }

  #each(act: (lane: Lane) => void): void {
    for (const lane of this.#chosen) act(lane);
  }

  #toggleOffline(): void {
    const chosen = this.#chosen;
    const offline = chosen.every(({ link }) => link.state === "offline");
    this.#each(({ link }) => (offline ? link.online() : link.offline()));
    // As a browser tells a page: its clients do not wait out their delay. It cannot be told to one of them alone, so that one goes offline untold. That one
    // is back is told in any case: the other client tries once more for nothing.
    if (offline) dispatchEvent(new Event("online"));
    else if (chosen.length > 1) dispatchEvent(new Event("offline"));
  }

  #button(fault: string): HTMLButtonElement {
    return find(`button[data-fault="${fault}"]`, HTMLButtonElement, this.#place);
  }
}
