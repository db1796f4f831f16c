/** What the measurements say to four kinds of application. */
import { armName, listOf, plural } from "./format.ts";
import { headlines, isSpokenOf, sortByVerdict, splitSame, type Sorted, type SpokenActions } from "./headline.ts";
import { realPaceSentence } from "./real-pace.ts";
import type { Effect, ScenarioAnalysis, Verdict } from "./types.ts";

interface ApplicationKind {
  readonly id: string;
  readonly title: string;
  /** What this kind of application does. */
  readonly does: string;
  /** Scenarios that bear on it, the most important first; fixed before any run. */
  readonly scenarios: readonly string[];
  readonly actions?: SpokenActions;
}

const kinds: readonly ApplicationKind[] = [
  {
    id: "chat",
    actions: { distance: ["start", "next", "resume", "first-input"] },
    title: "Chat",
    does: "A prompt goes up, an answer streams down, and a phone loses its network on the way.",
    scenarios: ["first-token", "token-latency", "reconnect", "reconnect-browser", "half-open", "connect", "distance", "buffering", "idle"],
  },
  {
    id: "agent",
    title: "Agent with many tools",
    does: "A long chain of turns: each tool's result goes up before the next answer comes down.",
    scenarios: ["tool-loop", "uplink", "long-run"],
  },
  {
    id: "voice",
    actions: { distance: ["first-input", "inputs"] },
    title: "Voice or binary",
    does: "Small pieces go up all the time, and bytes that are no text come down.",
    scenarios: ["binary", "uplink", "distance", "throughput"],
  },
  {
    id: "tabs",
    title: "Dashboard with many tabs",
    does: "Many streams at once, open for hours, that all come back together after a fault.",
    scenarios: ["multiplex", "concurrency", "herd", "idle", "connect"],
  },
];

export type ApplicationOutcome = "sse" | "ws" | "depends" | "either" | "not-measured";

/** One headline that bears on an application. */
export interface ApplicationPoint {
  readonly scenario: string;
  readonly title: string;
  readonly condition: string;
  readonly metric: string;
  readonly quantile: number;
  readonly effect: Effect | null;
  readonly verdict: Verdict;
}

export interface ApplicationAnswer {
  readonly id: string;
  readonly title: string;
  readonly does: string;
  readonly outcome: ApplicationOutcome;
  readonly sentence: string;
  readonly points: readonly ApplicationPoint[];
  /** Scenarios that bear on it and were not measured, each with its reason. */
  readonly missing: readonly { readonly scenario: string; readonly reason: string }[];
}

/**
 * The rule, over the headlines of every setting of the scenarios that bear on an application: better in some and worse in none, that
 * transport; better in some and worse in others, *it depends*; different in none, *either*; none decided, *not measured*.
 */
export function answerApplications(scenarios: readonly ScenarioAnalysis[]): ApplicationAnswer[] {
  return kinds.map(({ id, title, does, scenarios: names, actions }) => {
    const bearing = names.map((name) => ({ name, scenario: scenarios.find((one) => one.name === name) }));
    const measured = bearing.flatMap(({ scenario }) => (scenario === undefined || scenario.notRun !== null ? [] : [scenario]));
    const placed = measured.flatMap((scenario) =>
      headlines(scenario)
        .filter(({ condition }) => isSpokenOf(actions, scenario.name, condition))
        .map((one) => ({ ...one, scenario })),
    );
    const sorted = sortByVerdict(placed);
    const outcome = outcomeOf(sorted);
    return {
      id,
      title,
      does,
      outcome,
      sentence: [sentenceFor(outcome, sorted), realPaceSentence(measured, 1)].filter(Boolean).join(" "),
      points: placed.map(({ scenario, condition, metric, comparison }) => ({
        scenario: scenario.name,
        title: scenario.title,
        condition: condition.label,
        metric: metric.label,
        quantile: comparison.quantile,
        effect: comparison.effect,
        verdict: comparison.verdict,
      })),
      missing: bearing.flatMap(({ name, scenario }) =>
        scenario === undefined
          ? [{ scenario: name, reason: "this run has no such scenario." }]
          : scenario.notRun === null
            ? []
            : [{ scenario: name, reason: scenario.notRun }],
      ),
    };
  });
}

function outcomeOf({ sse, ws, same }: Sorted): ApplicationOutcome {
  if (sse.length > 0 && ws.length > 0) return "depends";
  if (sse.length + ws.length === 0) return same.length > 0 ? "either" : "not-measured";
  return ws.length > 0 ? "ws" : "sse";
}

function sentenceFor(outcome: ApplicationOutcome, sorted: Sorted): string {
  if (outcome === "not-measured") return "Nothing that bears on it could be decided in this run.";
  const [sse, ws] = [sorted.sse.length, sorted.ws.length];
  const total = sse + ws + sorted.same.length;
  if (total === ws || total === sse)
    return `${armName(ws > 0 ? "ws" : "sse")} is better in ${total === 1 ? "the one comparison" : `all ${total} comparisons`}.`;
  const counted = [
    ...(ws > 0 ? [`${armName("ws")} is better in ${ws}`] : []),
    ...(sse > 0 ? [`${armName("sse")} is better in ${sse}`] : []),
    ...splitSame(sorted.same).map(({ clause, placed }) => `${clause} in ${placed.length}`),
  ];
  return `Of ${plural(total, "comparison")}, ${listOf(counted)}.`;
}
