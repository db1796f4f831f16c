import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { assertAgentAt } from "../../lab/deployment.ts";
import { UsageError } from "../../usage/errors.ts";
import { decimal, parseFlags, urlOf, wholeNumber } from "../../usage/flags.ts";
import { takeInterrupts } from "../../run/interrupt.ts";
import { putLoad } from "../../load/put-load.ts";
import { judge, loadTable } from "../../load/thresholds.ts";

const help = `npx -y pnpm@12 load: starts runs at a set rate over each transport, follows each to its end, and checks every event id.

  --rate N             runs started per second, whether or not the earlier ones have ended (default 10)
  --duration 15s       for how long, for each transport (default 15s)
  --url URL            a deployment instead of the embedded Worker; it pays for every answer, so begin small.
                       Its bearer token is read from the environment: AGENT_TOKEN
  --agents N           so many agents take the runs in turn (default 20)
  --p95-first-event N  threshold in ms (default 1000)

Exits with 1 where a threshold is not met: an event lost, repeated or reordered; fewer than 99 % of the runs finished; p95 of the first event.`;

const flags = {
  rate: { type: "string", default: "10" },
  duration: { type: "string", default: "15s" },
  agents: { type: "string", default: "20" },
  "p95-first-event": { type: "string", default: "1000" },
  url: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** What the embedded Worker's scripted model writes in a second: a reply is some two seconds long. */
const TOKENS_PER_SECOND = "100";

/** @returns the exit code */
export async function loadCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags(argv, flags, "load --help");
  if (values.help === true) {
    console.log(help);
    return 0;
  }
  if (positionals.length > 0) throw new UsageError(`load takes no ${positionals.join(" ")}: only options. See load --help.`);
  const rate = decimal("rate", values.rate, 0.001, 1_000);
  const seconds = decimal("duration", values.duration.replace(/s$/, ""), 0.1, 86_400);
  const agents = wholeNumber("agents", values.agents, 1, 10_000);
  const p95FirstEventMs = decimal("p95-first-event", values["p95-first-event"], 1, 600_000);
  const deployment = values.url === undefined ? undefined : urlOf(values.url);
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
