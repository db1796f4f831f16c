import type { RunRecord } from "../runs/log.ts";
import type { Acceptance } from "../runs/inputs.ts";
import type { Runs } from "../runs/runs.ts";
import type { GivenInput } from "../wire/input-request.ts";
import type { StartRequest } from "../wire/start-request.ts";
import { covers, requireRight, requireUnexpired, type EffectiveGrant, type Right } from "./grant.ts";

/** An agent's runs as the holder of a grant may use them, over either transport: PROTOCOL.md §8.1 is enforced here. */
export class AuthorizedRuns {
  readonly #runs: Runs;
  readonly #grant: EffectiveGrant | undefined;

  /** @param grant `undefined` where the agent asks for no credentials */
  constructor(runs: Runs, grant: EffectiveGrant | undefined) {
    this.#runs = runs;
    this.#grant = grant;
  }

  /** @throws RequestError `unauthorized`, `forbidden`, and what {@link Runs.start} throws */
  start(request: StartRequest): { run: RunRecord; joined: boolean } {
    requireRight(this.#grant, "start");
    return this.#runs.start(request, this.#grant?.subject ?? null, (run) => covers(this.#grant, run));
  }

  /** @throws RequestError `run_not_found` for a run that is not there, or that the holder may not reach */
  find(id: string, right: Right = "read"): RunRecord {
    requireRight(this.#grant, right);
    return this.#runs.find(id, (run) => covers(this.#grant, run));
  }

  /** One that its holder follows already, because they started it or might read it. @throws RequestError `unauthorized`, `run_not_found` */
  followed(id: string): RunRecord {
    if (this.#grant !== undefined) requireUnexpired(this.#grant);
    return this.#runs.find(id, (run) => covers(this.#grant, run));
  }

  page(limit: number, before: string | undefined): { runs: RunRecord[]; next: string | null } {
    requireRight(this.#grant, "list");
    return this.#runs.page(limit, before === undefined ? undefined : this.find(before, "list"), (run) => covers(this.#grant, run));
  }

  byChat(chat: string): RunRecord | undefined {
    requireRight(this.#grant, "read");
    return this.#runs.byChat(chat, (run) => covers(this.#grant, run));
  }

  inputs(id: string, given: readonly GivenInput[]): Acceptance {
    this.find(id, "input");
    return this.#runs.inputs(id, given);
  }

  /** One input; gives back its event's id. @throws RequestError what it is refused with */
  input(id: string, given: GivenInput): string {
    const { accepted, refused } = this.inputs(id, [given]);
    const [input] = accepted;
    if (input === undefined) throw refused ?? new Error("An input was neither accepted nor refused.");
    return input.id;
  }

  cancel(id: string): RunRecord {
    this.find(id, "cancel");
    return this.#runs.cancel(id);
  }
}
