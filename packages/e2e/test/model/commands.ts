import fc from "fast-check";
import type { AgentModel } from "./agent-model.ts";
import type { AgentUnderTest } from "./agent-under-test.ts";
import { actions, type ActionName, type Actions } from "./actions.ts";
import { bodies } from "./asking.ts";

/** Needs a run, or a view of one. */
const needs: Partial<Record<ActionName, "run" | "view">> = {
  read: "view",
  drop: "view",
  resume: "run",
  send: "run",
  cancel: "run",
};

/** How often each was done, in all sequences. */
export const done = new Map<ActionName, number>();

/** One step of a sequence. Its text is what {@link sequenceOf} takes. */
export class Step<Name extends ActionName> implements fc.AsyncCommand<AgentModel, AgentUnderTest> {
  readonly #name: Name;
  readonly #given: Actions[Name];
  /** fast-check has no say of the real agent before a command runs. */
  #views = 0;

  constructor(name: Name, given: Actions[Name]) {
    this.#name = name;
    this.#given = given;
  }

  check(model: Readonly<AgentModel>): boolean {
    return needs[this.#name] === undefined || model.runs.length > 0;
  }

  async run(model: AgentModel, agent: AgentUnderTest): Promise<void> {
    this.#views = agent.views.length;
    if (needs[this.#name] === "view" && this.#views === 0) return;
    done.set(this.#name, (done.get(this.#name) ?? 0) + 1);
    await actions[this.#name](model, agent, this.#given);
  }

  toString(): string {
    return `["${this.#name}", ${JSON.stringify(this.#given)}]`;
  }
}

/** A sequence that once failed, as its failure printed it. */
export function sequenceOf(...steps: { [Name in ActionName]: readonly [Name, Actions[Name]] }[ActionName][]): Step<ActionName>[] {
  return steps.map(([name, given]) => new Step<ActionName>(name, given));
}

const way = fc.constantFrom("sse", "ws", "http", "frame");
const client = fc.constantFrom("sse", "ws");
const index = fc.nat({ max: 11 });
const body = fc.nat({ max: bodies.length - 1 });
const few = fc.nat({ max: 3 });

type Given = { readonly [Name in ActionName]: fc.Arbitrary<Actions[Name]> };

const given: Given = {
  start: fc.record({ over: way, body, key: fc.option(few) }),
  startTwice: fc.record({ body }),
  read: fc.record({ view: index, events: fc.integer({ min: 1, max: 8 }) }),
  drop: fc.record({ view: index }),
  resume: fc.record({ over: way, run: index, from: fc.constantFrom("start", "middle", "tail", "foreign", "beyond", "malformed") }),
  unknownRun: fc.record({ over: way }),
  send: fc.record({ over: way, run: index, keys: fc.array(fc.option(few), { minLength: 1, maxLength: 5 }), data: index }),
  cancel: fc.record({ over: way, run: index }),
  list: fc.record({ limit: fc.integer({ min: 1, max: 12 }), before: fc.option(index) }),
  letRetentionPass: fc.record({ runs: fc.nat({ max: 2 }) }),
  restart: fc.record({ during: fc.constantFrom("nothing", "start", "send", "cancel", "resume"), over: client, run: index }),
  askWithWrongToken: fc.record({ what: fc.nat({ max: 7 }) }),
  wait: fc.record({ ms: fc.nat({ max: 40 }) }),
};

/** How many of a hundred commands are of each kind. A restart takes a second. */
const shares: Readonly<Record<ActionName, number>> = {
  start: 16,
  startTwice: 3,
  read: 20,
  drop: 6,
  resume: 16,
  unknownRun: 1,
  send: 15,
  cancel: 6,
  list: 5,
  letRetentionPass: 1,
  restart: 4,
  askWithWrongToken: 3,
  wait: 4,
};

function steps<Name extends ActionName>(name: Name): fc.Arbitrary<Step<Name>> {
  return given[name].map((one) => new Step(name, one));
}

/** Sequences of up to so many commands. */
export function sequences(maxCommands: number): fc.Arbitrary<Iterable<Step<ActionName>>> {
  const kinds = Object.entries(shares).flatMap(([name, share]) => Array.from({ length: share }, () => steps(name as ActionName)));
  return fc.commands(kinds, { maxCommands, size: "max" }) as fc.Arbitrary<Iterable<Step<ActionName>>>;
}
