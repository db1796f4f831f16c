/** What the measurements say to four kinds of application. Their words are in report/words/applications.ts. */
import { chainSavings } from "./chain-savings.ts";
import { coverageOf, isTooLittle } from "./coverage.ts";
import type { ApplicationAnswer, Counts, Coverage, ScenarioAnalysis } from "./facts/index.ts";
import { countsOf, headlines, isSpokenOf, judgedIn, sortByVerdict, type SpokenActions } from "./headline.ts";

interface ApplicationKind {
  readonly id: ApplicationAnswer["id"];
  /** Scenarios that bear on it, the most important first; fixed before any run. */
  readonly scenarios: readonly string[];
  readonly actions?: SpokenActions;
}

const kinds: readonly ApplicationKind[] = [
  {
    id: "chat",
    actions: { distance: ["start", "next", "resume", "first-input"] },
    scenarios: ["first-token", "token-latency", "reconnect", "reconnect-browser", "half-open", "connect", "distance", "buffering", "idle"],
  },
  {
    id: "agent",
    scenarios: ["tool-loop", "uplink", "long-run"],
  },
  {
    id: "voice",
    actions: { distance: ["first-input", "inputs", "fast-inputs"] },
    scenarios: ["binary", "uplink", "distance", "throughput"],
  },
  {
    id: "tabs",
    scenarios: ["multiplex", "concurrency", "herd", "idle", "connect"],
  },
];

/**
 * The rule, over the headlines of every setting of the scenarios that bear on an application: better, by what matters, in some and
 * worse in none, that transport; better in some and worse in others, *it depends*; in none at all, *either*, or *undecided* where one of them
 * is; none judged, *not measured*.
 * Where the run left out more of these scenarios than it measured, *not enough measured*.
 */
export function answerApplications(scenarios: readonly ScenarioAnalysis[]): ApplicationAnswer[] {
  return kinds.map(({ id, scenarios: names, actions }) => {
    const bearing = names.map((name) => ({ name, scenario: scenarios.find((one) => one.name === name) }));
    const measured = bearing.flatMap(({ scenario }) => (scenario === undefined || scenario.notRun !== null ? [] : [scenario]));
    const placed = measured.flatMap((scenario) =>
      headlines(scenario)
        .filter(({ condition }) => isSpokenOf(actions, scenario.name, condition))
        .map((one) => ({ ...one, scenario: scenario.name, title: scenario.title })),
    );
    const counted = countsOf(sortByVerdict(placed));
    const coverage = coverageOf(
      bearing.flatMap(({ scenario }) => scenario ?? []),
      placed,
      names.length,
    );
    return {
      id,
      outcome: outcomeOf(counted, coverage),
      counted,
      coverage,
      chainSavings: chainSavings(measured),
      points: placed.map(({ scenario, title, condition, metric, comparison }) => ({
        scenario,
        title,
        condition: condition.label,
        metric: metric.label,
        statistic: comparison.statistic,
        effect: comparison.effect,
        verdict: comparison.verdict,
      })),
      missing: bearing.flatMap(({ name, scenario }) =>
        scenario === undefined || scenario.notRun !== null ? [{ scenario: name, notRun: scenario?.notRun ?? null }] : [],
      ),
    };
  });
}

function outcomeOf(counts: Counts, coverage: Coverage): ApplicationAnswer["outcome"] {
  const { sse, ws, undecided } = counts;
  if (judgedIn(counts) === 0) return "not-measured";
  if (isTooLittle(coverage)) return "not-enough-measured";
  if (sse > 0 && ws > 0) return "depends";
  if (sse + ws === 0) return undecided > 0 ? "undecided" : "either";
  return ws > 0 ? "ws" : "sse";
}
