import type { LeftOut } from "../run/left-out.ts";
import { KINDS } from "../faults/index.ts";
import { TRANSPORTS } from "../plan/scenario.ts";
import type { AgentTotals, Found, Totals, TransportTotals } from "./totals.ts";
import { boundOf } from "./totals.ts";

/** `chaos.json`. */
export interface Report {
  readonly schema: "chaos/1";
  readonly seed: number;
  readonly asked: {
    readonly streams: number;
    readonly kills: number;
    readonly clocks: number;
    readonly evictions: number;
    readonly packets: number;
    readonly transports: readonly string[];
    readonly faults: readonly string[];
  };
  /** What was not asked for by name, and this machine cannot do. */
  readonly leftOut: readonly LeftOut[];
  /** Whether it ended before it had what was asked. */
  readonly cut: boolean;
  /** Why, where it was not the budget: a signal, or what was thrown. */
  readonly failure: string | null;
  readonly seconds: number;
  /** The readers' process, at its highest. */
  readonly peakResidentBytes: number;
  readonly totals: Omit<Totals, "add" | "addDeaths" | "addJumps" | "addSleep" | "transports" | "agent" | "found">;
  readonly transports: Readonly<Record<string, TransportTotals & { readonly upperBound: number }>>;
  readonly agent: AgentTotals & { readonly upperBound: number };
  readonly found: readonly Found[];
}

export function reportOf(
  totals: Totals,
  given: Pick<Report, "seed" | "asked" | "leftOut" | "cut" | "failure" | "seconds" | "peakResidentBytes">,
): Report {
  const { transports, agent, found, scenarios, runs, inputs, accepted, cancelled, resumed, violatedRuns, violations } = totals;
  const { kills, restarts, missed, clocks, evictions, awake } = totals;
  return {
    schema: "chaos/1",
    ...given,
    totals: {
      scenarios,
      runs,
      inputs,
      accepted,
      cancelled,
      resumed,
      kills,
      restarts,
      missed,
      clocks,
      evictions,
      awake,
      violatedRuns,
      violations,
    },
    transports: Object.fromEntries(
      Object.entries(transports)
        .filter(([name]) => given.asked.transports.includes(name))
        .map(([name, one]) => [name, { ...one, upperBound: boundOf(one) }]),
    ),
    agent: { ...agent, upperBound: boundOf(agent) },
    found,
  };
}

const NAMES: Readonly<Record<string, string>> = { sse: "SSE", ws: "WebSocket" };

/** One table, and a line for each scenario in which something is wrong. */
export function tableOf({
  transports,
  agent,
  asked,
  leftOut,
  totals,
  found,
  cut,
  failure,
  seconds,
  seed,
  peakResidentBytes,
}: Report): string {
  const names = Object.keys(transports);
  const of = (value: (one: Report["transports"][string]) => string | number): string[] =>
    Object.values(transports).map((one) => String(value(one)));
  const kinds = [...new Set(Object.values(transports).flatMap(({ byFault }) => Object.keys(byFault)))].toSorted();
  const rows = [
    ["", ...names.map((name) => NAMES[name] ?? name)],
    ["streams", ...of(({ streams }) => streams)],
    ["streams that a fault struck", ...of(({ faulted }) => faulted)],
    ["  and of which packets were lost", ...of(({ lost }) => lost)],
    ...kinds.map((kind) => [`  ${kind}`, ...of(({ byFault }) => byFault[kind] ?? 0)]),
    ["events", ...of(({ events }) => events)],
    ["streams that came back", ...of(({ recovered }) => recovered)],
    ["reconnects", ...of(({ reconnects }) => reconnects)],
    ["answers with such a stream", ...of(({ struckRuns }) => struckRuns)],
    ["answers violated over this transport", ...of(({ violatedRuns }) => violatedRuns)],
    ["violated at most, of those struck (95 %)", ...of(({ upperBound }) => percent(upperBound))],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  "),
  );
  const { scenarios, runs, inputs, accepted, cancelled, resumed, kills, restarts, missed, clocks, evictions, awake, violatedRuns } = totals;
  return [
    ...table,
    "",
    `${runs} answers in ${scenarios} scenarios, ${kills} × SIGKILL and ${restarts} × restart of a Worker whose answers were being read. Answers went on ${resumed} times.`,
    ...(missed === 0 ? [] : [`${missed} more kills and restarts struck no live answer, and are not counted.`]),
    `A Worker's clock jumped ${clocks} times while its answers were being read. ${evictions} agents were evicted, and asked again.`,
    ...(awake === 0 ? [] : [`${awake} more agents were left alone and not evicted: they are not counted.`]),
    `The agent's logs: ${agent.violatedRuns} violated, of ${agent.struckRuns} answers that were struck; ${percent(agent.upperBound)} at most (95 %).`,
    `${accepted} of ${inputs} inputs accepted, ${cancelled} answers cancelled.`,
    `Seed ${seed}, ${Math.round(seconds)} s, ${Math.round(peakResidentBytes / 1e6)} MB at most.${cut ? ` It has less than was asked for (${failure ?? "the budget is over"}).` : ""}`,
    ...leftOut.map(({ what, why }) => `Left out: --${what}. ${why}`),
    violatedRuns === 0 ? "No violation." : `${violatedRuns} answers with violations:`,
    ...found.flatMap(({ scenario, violations }) =>
      violations.map(({ kind, of: whose, what }) => `  ${scenario}  ${kind} (${whose}): ${what}`),
    ),
    ...(found.length === 0 ? [] : [`Play one again: ${playAgain(seed, asked, found[0]?.scenario)}`]),
  ].join("\n");
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(2)} %`;
}

/** What a scenario is depends on the transports and the faults too. */
function playAgain(seed: number, { transports, faults }: Report["asked"], scenario: string | undefined): string {
  const only = ["--only", scenario];
  if (transports.length < TRANSPORTS.length) only.unshift("--transport", ...transports);
  if (faults.join() !== KINDS.join()) only.unshift("--faults", faults.join());
  return `npx -y pnpm@12 chaos --seed ${seed} ${only.join(" ")}`;
}
