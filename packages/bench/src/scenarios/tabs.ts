import { contextOf } from "../lab/run-input.ts";
import { deedMetrics, linkOf, measureDeed, type Deed } from "./parts/deeds.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { steadyReply } from "./parts/follow.ts";
import { networkArms } from "./parts/network-arms.ts";
import type { Scenario } from "./parts/scenario.ts";
import { withoutPlace } from "./parts/without-place.ts";

/** A browser has so many HTTP/1.1 connections to a host. */
const OTHERS = 6;
const OTHER_TOKENS = 40;
const OTHER_TOKENS_PER_SECOND = 10;
/** The tab is opened so long after the others began to stream, and somebody asks in it as long after that. */
const STEP_MS = 1_000;
const distances = [100, 20] as const;

/** The six have as much to go as this, when the seventh is asked. */
const LEFT_S = OTHER_TOKENS / OTHER_TOKENS_PER_SECOND - (2 * STEP_MS) / 1_000;

const seventh: Deed = {
  id: "seventh",
  label: "a first answer in a seventh tab, while six others stream",
  connections: "page",
  prepared: "each",
  samples: 2,
  atOnce: 2,
  async act(lab, { script, perform }, samples) {
    const asked = (tokens: number, perSecond: number): ReturnType<typeof contextOf> =>
      contextOf(script(steadyReply(lab, tokens, perSecond)).prompt);
    const tokens = [...Array.from({ length: OTHERS }, () => OTHER_TOKENS), 1];
    const rounds = Array.from({ length: samples + 1 }, () => ({
      others: Array.from({ length: OTHERS }, () => asked(OTHER_TOKENS, OTHER_TOKENS_PER_SECOND)),
      input: asked(1, 1),
    }));
    const done = await perform({ do: "answers beside others", rounds, stepMs: STEP_MS });
    return { ...done, tokens: rounds.flatMap(() => tokens) };
  },
};

export const tabs: Scenario = defineScenario({
  name: "tabs",
  title: "A seventh tab",
  question: "Six answers stream to six tabs. How long does the first answer of a seventh take, over each version of HTTP?",
  claims: [],
  method:
    `Chromium on the near side of a network of two kernels, and on its far side an edge with TLS 1.3 before the Worker; half a round trip each way, no loss. Six clients that are connected read an answer each, of ${OTHER_TOKENS} tokens at ${OTHER_TOKENS_PER_SECOND} tokens/s. A second after all of them have begun, a seventh client calls connect(), and a second after that it is asked. Its answer is due at once. ` +
    `Clients are of one page: tabs of one browser have the same connections to a host. Where the seventh waits for one of the six to end, its time is that answer's rest, here about ${LEFT_S} s: that figure is a fact of six connections, and no ratio. Times are of the page's clock.`,
  instrument: "network",
  arms: networkArms.filter(({ id }) => id !== "sse-h2-caddy"),
  metrics: deedMetrics.filter(({ id }) => id === "time"),
  settings: distances.map((roundTripMs) => ({
    id: `${seventh.id}-${roundTripMs}`,
    label: `${seventh.label}, ${roundTripMs} ms away`,
    factors: { action: seventh.id, roundTripMs, client: "Chromium" },
    groups: { quick: 0, standard: 3, full: 20 },
    value: { deed: seventh, link: linkOf(roundTripMs) },
    missing: withoutPlace,
    blocksAtOnce: seventh.atOnce ?? 1,
  })),
  notRemote: "A deployment is at its own distance.",
  async measure(lab, arm, value) {
    const measured = await measureDeed(lab, arm, value);
    return { ...measured, samples: { time: measured.samples["time"] ?? [] } };
  },
});
