import type { LocalLab } from "../lab/lab.ts";
import { MAP } from "../results/names.ts";
import { quantile } from "../stats/index.ts";
import { defineScenario, type SettingOf } from "./parts/define-scenario.ts";
import { integrityOf } from "./parts/in-place.ts";
import { networkArms, type NetworkArm } from "./parts/network-arms.ts";
import { gapsOf, lagsOf, minutesOf, readAnswers, stallsAbove, TOKENS_PER_SECOND, type Reading } from "./parts/reading.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";
import { withoutPlace } from "./parts/without-place.ts";

/** A city, a country, a continent, and the other side of the world. */
const roundTripsMs = [20, 60, 100, 200] as const;
/** Of packets, in percent, each way: a good line, mobile networks, and Wi-Fi at the edge of its reach. */
const lossesPercent = [0, 0.5, 1, 2, 5] as const;
/** With how many tokens each: 5 s of one, and of six 3 s. METHOD.md, "The map", says why its p99 needs no more. */
const readings = [
  { answers: 1, tokens: 250 },
  { answers: 6, tokens: 150 },
] as const;
/** What a start costs the machine is over then: it is no matter of the link. */
const THINKING_MS = 500;
/** In ms, as in `stalls`: what a reader begins to see, and what reads as a halt. */
const STALLS = [100, 250] as const;
const BLOCK_LIMIT_MS = 90_000;
/** Most of a block of one answer is waiting: a half runs side by side, so that what the machine does meanwhile meets all alike. Six answers are work. */
const blocksAtOnce = (answers: number): number => (answers === 1 ? 3 : 1);

interface Cell extends Reading {
  readonly atOnce: number;
}

const arms = networkArms.filter(({ id }) => id === "sse" || id === "ws" || id === "sse-h3");

function cellOf(roundTripMs: number, lossPercent: number, { answers, tokens }: (typeof readings)[number]): SettingOf<Cell, never> {
  const path = {
    delayMs: roundTripMs / 2,
    ...(lossPercent > 0 && { loss: { kind: "independent" as const, share: lossPercent / 100 } }),
  };
  return {
    id: `${roundTripMs}-${lossPercent}-${answers}`,
    label: `${roundTripMs} ms round trip, ${lossPercent} % loss, ${answers === 1 ? "one answer" : `${answers} answers at once`}`,
    factors: { roundTripMs, lossPercent, answers, client: "Chromium" },
    // Two halves with luck of their own: with the cells of the same loss and answers, enough for intervals.
    groups: { quick: 0, standard: 1, full: 4 },
    value: { link: { down: path, up: path }, answers, tokens, thinkingMs: THINKING_MS, atOnce: blocksAtOnce(answers) },
    missing: withoutPlace,
    blocksAtOnce: blocksAtOnce(answers),
    inHalves: true,
  };
}

export const map: Scenario = defineScenario({
  name: MAP,
  title: "Which transport a reader would notice",
  question: "By round trip, loss and answers at once: where does text come so much later over one transport that a reader notices?",
  claims: [],
  method:
    `Chromium reads one answer of 5 s or six at once of 3 s, with a token every ${1000 / TOKENS_PER_SECOND} ms, the first ${THINKING_MS} ms after it was asked for, through a network of two kernels that loses packets both ways, from an edge with TLS 1.3 before the Worker. ` +
    "A token's lag is how much later it came than the quickest one of its answer, counted from when the model sent each. Three blocks in a row have the same luck on the link, one over each transport, and the next three have another.",
  instrument: "network",
  arms,
  metrics: [
    {
      id: "lag",
      label: "lag of a token",
      unit: "ms",
      better: "lower",
      kind: "token",
      quantiles: [0.99, 0.5],
      description:
        "Of each token: how much later it came after the model had sent it than the quickest token of its answer. To a tenth of a ms.",
    },
  ],
  settings: readings.flatMap((reading) =>
    lossesPercent.flatMap((lossPercent) => roundTripsMs.map((roundTripMs) => cellOf(roundTripMs, lossPercent, reading))),
  ),
  notRemote: "The link is on this machine, between a browser and the embedded Worker.",
  blockLimitMs: BLOCK_LIMIT_MS,
  measure: readCell,
});

async function readCell(lab: LocalLab, arm: NetworkArm, cell: Cell): Promise<Measurement> {
  const { runs, sentAt, values } = await readAnswers(lab, arm, cell, { atOnce: cell.atOnce, limitMs: BLOCK_LIMIT_MS - 5_000 });
  const lag = runs.flatMap((run, index) => lagsOf(run, (token) => sentAt[index]?.[token] ?? Number.NaN));
  const gaps = runs.flatMap(gapsOf);
  const stalls = STALLS.map((ms) => [`stalls${ms}`, stallsAbove(ms, gaps, minutesOf(cell)).count] as const);
  // Lags count from when the model sent a token, so a model that was late spoils none.
  const { providerLatenessP99Ms: modelLateP99Ms, ...counted } = values;
  return {
    samples: { lag: lag.map((ms) => Math.round(ms * 10) / 10) },
    values: {
      ...counted,
      ...(modelLateP99Ms !== undefined && { modelLateP99Ms }),
      ...Object.fromEntries(stalls),
      lagP99Ms: quantile(lag, 0.99),
      reconnects: runs.reduce((sum, { reconnects }) => sum + reconnects, 0),
    },
    integrity: integrityOf(runs, cell.tokens),
  };
}
