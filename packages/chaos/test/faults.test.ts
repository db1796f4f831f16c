/** Each fault has to strike: one that never does would be survived by any client. */
import { needs } from "@agent-transports/lab/needs";
import * as tools from "@agent-transports/lab/tools";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Dice } from "../src/dice/dice.ts";
import { FAULTS, ON_LINK, type Fault } from "../src/faults/index.ts";
import { Links } from "../src/link/links.ts";
import { TRANSPORTS, type LinePlan, type Scenario } from "../src/plan/scenario.ts";
import { startHost } from "../src/run/host.ts";
import { ModelProvider } from "../src/run/model.ts";
import { playAll, type Played } from "../src/run/play.ts";
import { makeOurs } from "../src/run/our-clients.ts";

let provider: ModelProvider;
let host: WorkerHost;
beforeAll(async () => {
  provider = await ModelProvider.start();
  host = await startHost(provider);
});
afterAll(async () => {
  await host.dispose();
  await provider.close();
});

/**
 * All of them at once, each on a line of its own, over both transports; the answer takes six seconds, so that each line is in it at its fault. Where
 * lines have links, it takes three.
 */
function scenarioOf(faults: readonly Fault[], { linked }: { readonly linked: boolean }): Scenario {
  const line = { readers: 1, joinsAt: 0, from: 0, slowMs: 0, inputs: [], cancelAt: null } as const;
  const lines = TRANSPORTS.flatMap((transport): LinePlan[] =>
    faults.map(({ kind, when, params }) => ({
      ...line,
      ...(linked && { roundTripMs: 80 }),
      legs: [{ transport, reads: "events", events: null, saves: false }],
      faults: [{ kind, atEvent: when === "first" ? 0 : 12, params: params(new Dice(2)) }],
    })),
  );
  // The first starts the run, and is not disturbed.
  const first: LinePlan = { ...line, legs: [{ transport: "sse", reads: "events", events: null, saves: false }], faults: [] };
  const reply = {
    seed: 1,
    deltas: 60,
    everyMs: linked ? 50 : 100,
    kind: "parts",
    replays: true,
    breaks: [],
    failsAt: null,
    hears: false,
    model: null,
  } as const;
  const agent = `faults-${faults.length}_20`;
  return {
    seed: 1,
    id: "faults",
    runs: [{ agent, reply, lines: [first, ...lines], besides: [], refusedAt: [], readAgain: "ws" }],
    kills: [],
  };
}

async function play(faults: readonly Fault[], links?: Links): Promise<Played> {
  const [played] = await playAll(scenarioOf(faults, { linked: links !== undefined }), {
    ...(links !== undefined && { links }),
    worker: host.url,
    provider,
    makeClient: makeOurs,
    patienceMs: 30_000,
    onStrike: () => () => undefined,
  });
  if (played === undefined) throw new Error("Nothing was played.");
  return played;
}

/** The kinds that struck, over each transport. */
function struck({ streams }: Played): readonly (readonly string[])[] {
  return TRANSPORTS.map((transport) => {
    const kinds = streams.filter((one) => one.transport === transport).flatMap(({ strikes }) => [...strikes.keys()]);
    return [...new Set(kinds)].toSorted();
  });
}

/** All of them, over each transport. */
function all(faults: readonly Fault[]): readonly (readonly string[])[] {
  return TRANSPORTS.map(() => faults.map(({ kind }) => kind).toSorted());
}

describe("a fault on a line", () => {
  it.each<[string, readonly Fault[]]>([
    ["of each kind but retention", FAULTS.filter(({ kind }) => kind !== "retention" && !ON_LINK.has(kind))],
    ["of retention", FAULTS.filter(({ kind }) => kind === "retention")],
  ])("%s strikes over both transports, and its reader is given all, or told what is gone", async (_what, faults) => {
    const played = await play(faults);
    expect(played.violations).toEqual([]);
    expect(struck(played)).toEqual(all(faults));
  });

  it(
    "that takes packets strikes over both transports where they were lost, and its reader is given all",
    needs(tools.network),
    async () => {
      const links = Links.open();
      onTestFinished(() => links.close());
      // Of few packets, a small share may be none.
      const often = (kind: string, planned: ReturnType<Fault["params"]>) =>
        kind === "loss" ? { ...planned, percent: 40, ms: 2_000 } : planned;
      const faults = FAULTS.filter(({ kind }) => ON_LINK.has(kind));
      const heavy = faults.map((fault): Fault => ({ ...fault, params: (dice) => often(fault.kind, fault.params(dice)) }));
      const played = await play(heavy, links);
      expect(played.violations).toEqual([]);
      expect(struck(played)).toEqual(all(faults));
    },
  );
});
