import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { assertAgentAt } from "../../lab/deployment.ts";
import { UsageError } from "../../usage/errors.ts";
import { decimalFlag, helpFlag, readCommandLine, urlFlag, wholeFlag } from "../../usage/flags.ts";
import { takeInterrupts } from "../../run/interrupt.ts";
import { putLoad } from "../../load/put-load.ts";
import { judge, loadTable } from "../../load/thresholds.ts";

const help = `npx -y pnpm@12 load: starts runs at a set rate over each transport, follows each run to its end, and checks every event id.

  --rate N             starts so many runs a second, whether or not the earlier ones have ended (default 10)
  --duration 15s       lasts so long for each transport (default 15s)
  --url URL            loads this deployment instead of the embedded Worker; it pays for every answer, so begin small.
                       Its bearer token is read from the environment: AGENT_TOKEN
  --agents N           spreads the runs over so many agents (default 20)
  --p95-first-event N  is the threshold in ms (default 1000)

Exits with 1 if a threshold is not met: no event lost, repeated or reordered; 99 % of the runs finished; the p95 of the first event.`;

const flags = {
  rate: decimalFlag("rate", { from: 0.001, to: 1_000 }, 10),
  seconds: decimalFlag("duration", { from: 0.1, to: 86_400 }, 15, "s"),
  agents: wholeFlag("agents", { from: 1, to: 10_000 }, 20),
  p95FirstEventMs: decimalFlag("p95-first-event", { from: 1, to: 600_000 }, 1_000),
  url: urlFlag("url"),
};

/** What the embedded Worker's scripted model writes in a second: a reply is some two seconds long. */
const TOKENS_PER_SECOND = "100";

/** @returns the exit code */
export async function loadCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [...Object.values(flags), helpFlag], "load --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  if (line.words.length > 0) throw new UsageError(`load takes no ${line.words.join(" ")}: only options. See load --help.`);
  const rate = line.value(flags.rate);
  const seconds = line.value(flags.seconds);
  const agents = line.value(flags.agents);
  const p95FirstEventMs = line.value(flags.p95FirstEventMs);
  const deployment = line.value(flags.url);
  if (deployment !== undefined) await assertAgentAt(deployment);
  const { url, dispose } =
    deployment === undefined ? await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: TOKENS_PER_SECOND } }) : nobodys(deployment);
  using interrupt = takeInterrupts();
  try {
    const outcomes = [];
    for (const transport of ["sse", "ws"] as const) {
      process.stderr.write(`${transport}: ${rate} runs/s for ${seconds} s\n`);
      outcomes.push(await putLoad({ transport, url, rate, seconds, agents, signal: interrupt.signal }));
      if (interrupt.signal.aborted) break;
    }
    console.log(loadTable(outcomes));
    const broken = outcomes.flatMap((outcome) => judge(outcome, { p95FirstEventMs }));
    for (const sentence of broken) console.error(sentence);
    if (interrupt.signal.aborted) return 130;
    return broken.length === 0 ? 0 : 1;
  } finally {
    await dispose();
  }
}

/** It was there before, and stays. */
function nobodys(url: URL): Pick<WorkerHost, "url" | "dispose"> {
  return { url, dispose: () => Promise.resolve() };
}
