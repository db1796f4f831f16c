import { setTimeout as pause } from "node:timers/promises";
import { sideConnections, type LinkPath, type Loss, type Network, type SideConnections } from "@agent-transports/lab/network";

/** What takes packets off a link. */
export type Taking = "blackout" | "address" | "loss";

/** Longer than any run: what a NAT forgets here, it forgets because it is another one. */
const NAT = { udpMs: 3_600_000, tcpMs: 3_600_000 };

/** A name for the Worker, whose address the clients' side of the network knows. */
const HOST = "worker.test";

/** The link of one line, for as long as the line is open. Its network has been another's, and will be. */
export class LineLink {
  readonly #network: Network;
  readonly #delayMs: number;
  readonly #connections: SideConnections;
  readonly #giveBack: () => void;
  #lost: Readonly<Record<Taking, number>> = { blackout: 0, address: 0, loss: 0 };
  #darkUntil = Number.NEGATIVE_INFINITY;
  #struckAt = Number.NEGATIVE_INFINITY;
  #losses = 0;
  #closed = false;

  private constructor(network: Network, delayMs: number, giveBack: () => void) {
    this.#network = network;
    this.#giveBack = giveBack;
    this.#delayMs = delayMs;
    this.#connections = sideConnections(network.near, network.far);
  }

  /** @param giveBack called when nothing of this line is left on the network */
  static async over(network: Network, roundTripMs: number, giveBack: () => void): Promise<LineLink> {
    const link = new LineLink(network, roundTripMs / 2, giveBack);
    await link.#setLoss(undefined);
    await link.refresh();
    return link;
  }

  /** Where the line's proxy listens. */
  get far(): Network["far"] {
    return this.#network.far;
  }

  /** With what the clients connect. */
  get clients(): Pick<SideConnections, "fetch" | "WebSocket"> {
    const { fetch, WebSocket } = this.#connections;
    return { fetch, WebSocket };
  }

  /** The same server, by a name that the clients' connections know. */
  urlOf({ port }: URL): URL {
    return new URL(`http://${HOST}:${port}`);
  }

  async blackout(ms: number): Promise<void> {
    this.#struckAt = performance.now();
    this.#darkUntil = Math.max(this.#darkUntil, this.#struckAt + ms);
    await this.#network.blackout(ms);
  }

  /** The clients have another address. */
  move(): void {
    this.#struckAt = performance.now();
    this.#network.changeAddress();
  }

  /** There is a NAT before the clients that knows no connection. */
  async forget(): Promise<void> {
    this.#struckAt = performance.now();
    await this.#network.setNat(NAT);
  }

  /** @param ended until then, unless another loss has begun */
  async lose(share: number, seed: number, ended: Promise<void>): Promise<void> {
    this.#losses += 1;
    const nth = this.#losses;
    this.#struckAt = performance.now();
    await this.#setLoss({ kind: "independent", share }, seed);
    await ended;
    this.#struckAt = performance.now();
    if (nth === this.#losses && !this.#closed) await this.#setLoss(undefined);
  }

  /** Whether anything was done to it in the last so many ms. */
  wasStruckWithin(ms: number): boolean {
    return performance.now() - Math.max(this.#struckAt, this.#darkUntil) < ms;
  }

  /** Whether segments that TCP has to send again were lost to this since now, as of the last {@link LineLink.refresh}. */
  lostBy(what: Taking): () => number {
    const before = this.#lost[what];
    return () => (this.#lost[what] > before ? 1 : 0);
  }

  /** Asks the network what it has lost so far. */
  async refresh(): Promise<void> {
    const { down, up, toNobody } = await this.#network.counters();
    const sum = (why: keyof typeof down.lostSegments): number => down.lostSegments[why] + up.lostSegments[why];
    // What comes to an old address is what the Worker says to somebody who answers nothing: no bare acknowledgements.
    this.#lost = { blackout: sum("blackout"), address: sum("unknown") + sum("forgotten") + toNobody, loss: sum("loss") };
  }

  /** Cuts the clients' connections. The network is as it was before. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#connections.close();
    await this.#network.setNat(null);
    await pause(Math.max(0, this.#darkUntil - performance.now()));
    await this.#setLoss(undefined);
    this.#giveBack();
  }

  async #setLoss(loss: Loss | undefined, seed?: number): Promise<void> {
    const path: LinkPath = { delayMs: this.#delayMs, ...(loss !== undefined && { loss }) };
    await this.#network.setLink({ down: path, up: path }, seed);
  }
}
