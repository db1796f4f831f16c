import { rm, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import {
  arrivalsOf,
  artilleryScript,
  longestSeconds,
  P95_FIRST_EVENT_MS,
  runLimitMsOf,
  runsPerUser,
  scenarios,
  thresholdsOf,
  tokensPerAnswerOf,
  usedBy,
  wantedOf,
  type ScenarioName,
} from "artillery-engine-agent-transports/plan";
import {
  generatorWarning,
  judge,
  kneeOf,
  mergeResults,
  resultTable,
  usedIn,
  type LoadResult,
} from "artillery-engine-agent-transports/results";
import { assertAgentAt } from "../../lab/deployment.ts";
import { artilleryVersion, installArtillery, runArtillery } from "../../load/artillery.ts";
import { fewUsersWarning } from "../../load/few-users.ts";
import { loadBudgetOf, loadBudgetWords } from "../../load/load-budget.ts";
import { flags, planOf, reportAt, scenarioOfReports, type LoadPlan } from "../../load/load-options.ts";
import { prepare } from "../../results/store.ts";
import { confirmBudget, type DeploymentLimits } from "../../run/budget.ts";
import { takeInterrupts } from "../../run/interrupt.ts";
import { UsageError } from "../../usage/errors.ts";
import { readCommandLine, type CommandLine } from "../../usage/flags.ts";

const help = `npx -y pnpm@12 load: a load test by Artillery, over both transports at once. Every event id is checked.

  npx -y pnpm@12 load [scenario] [options]     the scenario is steady where none is named
  npx -y pnpm@12 load merge FILE FILE …        adds up the reports of several generators, and judges them together: by the
                                               thresholds of the scenario and for the transports that they are of

${Object.entries(scenarios)
  .map(([name, { about, byDefault }]) => `  ${name.padEnd(16)} ${about} (${byDefault.rate} users/s, ${byDefault.seconds} s)`)
  .join("\n")}

  --rate N             brings so many users a second, whether or not the earlier ones are done
  --duration 15s       brings them for so long
  --transport sse=0.5  is the share of SSE; or sse or ws alone (default sse=0.5)
  --scenario NAME      says to load merge by whose thresholds it judges, where the reports are of a scenario file of yours
  --quick              takes under a minute
  --trace FILE         takes the gaps between users from this CSV (TIMESTAMP, GeneratedTokens), for real-traffic
  --agents N           spreads the users over so many agents (default 20)
  --p95-first-event N  is the threshold in ms (default ${P95_FIRST_EVENT_MS})
  --out DIR            where script.json, report.json and artillery.log go (default bench-results/load)

Against a deployment, which pays for every answer
  --url URL            loads this deployment instead of the embedded Worker, by default with one user a second;
                       knee needs --rate.
                       Its bearer token is read from the environment: AGENT_TOKEN
  --agent NAME         loads this agent of it: the part of the URL behind /agents/ (default transport-agent)
  --yes                accepts the budget (runs and tokens) without asking
  --max-runs N         refuses to start if the budget has more runs (default 1000)

Artillery is installed the first time that it is asked for, apart from everything else: 222 MB.

Exits with 1 if a threshold is not met: no event lost, repeated or reordered; 1 % of the runs failed at most; no arrival dropped; the p95.`;

/** At most, and its report is written in them too. */
const ARTILLERY_STARTS_IN_SECONDS = 60;

/** What the embedded Worker's scripted model writes in a second: a reply is some two seconds long. */
const TOKENS_PER_SECOND = "100";

/** @returns the exit code */
export async function loadCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, Object.values(flags), "load --help");
  if (line.value(flags.help)) {
    console.log(help);
    return 0;
  }
  if (line.words[0] === "merge") return merge(line);
  const plan = await planOf(line);
  const out = line.value(flags.out);
  const deployment = line.value(flags.url);
  const limits = { yes: line.value(flags.yes), maxRuns: line.value(flags.maxRuns) };
  if (deployment !== undefined) await agree(deployment, plan, limits);
  const few = fewUsersWarning(plan, Math.max(1, cpus().length - 1));
  if (few !== undefined) process.stderr.write(`${few}\n`);
  await prepare(out);
  await installArtillery();
  const { url, dispose } =
    deployment === undefined ? await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: TOKENS_PER_SECOND } }) : nobodys(deployment);
  using interrupt = takeInterrupts("Artillery stops, and leaves no report.");
  try {
    return await put(plan, url, out, interrupt.signal);
  } finally {
    await dispose();
  }
}

/** Nothing is started at somebody's deployment that was not agreed to. */
async function agree(deployment: URL, plan: LoadPlan, limits: Pick<DeploymentLimits, "yes" | "maxRuns">): Promise<void> {
  await assertAgentAt(deployment, { agent: plan.agent });
  const wanted = wantedOf(plan.name, plan);
  const scenario = scenarios[plan.name];
  const runs = arrivalsOf(scenario.phases(wanted)) * runsPerUser(scenario.flow(wanted));
  const budget = loadBudgetOf(runs, tokensPerAnswerOf(plan.name, wanted), wanted.seconds);
  await confirmBudget(budget, loadBudgetWords(budget, deployment.href), { ...limits, input: process.stdin, output: process.stderr });
}

async function put(plan: LoadPlan, url: URL, out: string, signal: AbortSignal): Promise<number> {
  const [script, report, log] = [join(out, "script.json"), join(out, "report.json"), join(out, "artillery.log")];
  // An earlier run's is not this one's.
  await rm(report, { force: true });
  await writeFile(script, `${JSON.stringify(artilleryScript(plan.name, { ...plan, target: url.href }), null, 2)}\n`);
  const wanted = wantedOf(plan.name, plan);
  const { about, phases, flow } = scenarios[plan.name];
  const limitMs = 1_000 * (ARTILLERY_STARTS_IN_SECONDS + longestSeconds(phases(wanted), flow(wanted), runLimitMsOf(plan.name, wanted)));
  process.stderr.write(`${plan.name}: ${about}, ${wanted.rate} users/s, ${wanted.seconds} s, with Artillery ${artilleryVersion}: ${log}\n`);
  const held = await runArtillery({ script, report, log, signal, limitMs });
  if (held === undefined) return 130;
  const broken = tell(await reportAt(report), { ...plan, used: usedBy(plan.transport), p95FirstEventMs: plan.p95FirstEventMs });
  if (!held && broken.length === 0) console.error(`A check of Artillery's failed: see ${log}.`);
  return held && broken.length === 0 ? 0 : 1;
}

async function merge(line: CommandLine): Promise<number> {
  const files = line.words.slice(1);
  if (files.length === 0) throw new UsageError("load merge needs files: reports of artillery run --output. See load --help.");
  const results = await Promise.all(files.map(reportAt));
  const merged = mergeResults(results);
  const transport = line.value(flags.transport);
  const judged = {
    name: scenarioOfReports(line, merged),
    used: transport === undefined ? usedIn(merged) : usedBy(transport),
    p95FirstEventMs: line.value(flags.p95FirstEventMs),
  };
  console.error(`Judged by the thresholds of ${judged.name}.`);
  return tell(merged, judged).length === 0 ? 0 : 1;
}

interface Judged {
  /** By its thresholds. */
  readonly name: ScenarioName;
  readonly used: readonly Transport[];
  /** Instead of the scenario's own. */
  readonly p95FirstEventMs: number | undefined;
}

/** @returns what was not met */
function tell(result: LoadResult, { name, used, p95FirstEventMs }: Judged): string[] {
  console.log(resultTable(result, used));
  if (name === "knee") console.log(kneeWords(result, used, p95FirstEventMs ?? P95_FIRST_EVENT_MS));
  const broken = judge(result, thresholdsOf(name, p95FirstEventMs), used);
  for (const [code, count] of Object.entries(result.counters)) {
    if (code.startsWith("errors.")) console.error(`${count} × ${code.slice("errors.".length)}`);
  }
  for (const sentence of broken) console.error(sentence);
  const late = generatorWarning(result);
  if (late !== undefined) console.error(late);
  return broken;
}

type Transport = ReturnType<typeof usedBy>[number];

function kneeWords(result: LoadResult, used: readonly Transport[], limitMs: number): string {
  if (result.periods.length === 0) return "The knee of several reports is not known: their clocks differ. Merge one alone, and it is said.";
  const knee = kneeOf(result, used, limitMs);
  if (knee === undefined) {
    return (
      `No knee: in no two periods of ten seconds in a row was p95 of the first event above ${limitMs} ms, or did runs fail or most of them ` +
      "have no first event. Ask for a higher --rate."
    );
  }
  const { transport, usersPerSecond, p95FirstEventMs, failed, started, firstEvents } = knee;
  const first = p95FirstEventMs === undefined ? "no first event came" : `p95 of the first event was ${p95FirstEventMs} ms`;
  return (
    `The knee: at ${usersPerSecond.toFixed(1)} users/s, over ${transport}, ${first}. ` +
    `${started} runs began then, ${firstEvents} first events came, and ${failed} runs failed.`
  );
}

/** It was there before, and stays. */
function nobodys(url: URL): Pick<WorkerHost, "url" | "dispose"> {
  return { url, dispose: () => Promise.resolve() };
}
