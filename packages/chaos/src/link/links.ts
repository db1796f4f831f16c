import { openNetwork, profiles, refusalOfNetwork, type Network } from "@agent-transports/lab/network";
import { ChaosUsageError } from "../errors.ts";
import { LineLink } from "./line-link.ts";

/** Links for lines: a network of two kernels each, which the next line has when one is over. */
export class Links {
  readonly #free: Network[] = [];
  readonly #opened: Network[] = [];

  private constructor() {}

  /** @throws ChaosUsageError where this machine allows no network */
  static open(): Links {
    const refusal = refusalOfNetwork();
    if (refusal !== null) throw new ChaosUsageError("cannot_lose_packets", `${refusal.message} Or give --packets 0.`);
    return new Links();
  }

  /** @throws NetworkError */
  async take(roundTripMs: number): Promise<LineLink> {
    const network = this.#free.pop() ?? (await this.#another());
    return LineLink.over(network, roundTripMs, () => void this.#free.push(network));
  }

  async #another(): Promise<Network> {
    const network = await openNetwork({ ...profiles.loopback, seed: 1 });
    this.#opened.push(network);
    return network;
  }

  /** When no line is open any longer. */
  async close(): Promise<void> {
    for (const network of this.#opened.splice(0)) await network.close();
  }
}
