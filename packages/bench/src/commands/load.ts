import { startWorker } from "@agent-transports/agent-worker/host";
import { UsageError } from "../errors.ts";
import { parseFlags } from "../flags.ts";
import { takeInterrupts } from "../interrupt.ts";
import { putLoad } from "../load/put-load.ts";
import { judge, loadTable } from "../load/thresholds.ts";

const help = `transport-bench load: starts runs at a set rate over each transport, follows each to its end, and checks every event id.

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
  const rate = above0("rate", values.rate);
  const seconds = above0("duration", values.duration.replace(/s$/, ""));
  const agents = Math.ceil(above0("agents", values.agents));
  const p95FirstEventMs = above0("p95-first-event", values["p95-first-event"]);
  if (values.url !== undefined && !/^https?:$/.test(URL.parse(values.url)?.protocol ?? "")) {
    throw new UsageError(`--url ${values.url}: give an absolute URL, as in https://my-agent.example.workers.dev`);
  }
  const worker = values.url === undefined ? await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: TOKENS_PER_SECOND } }) : undefined;
  using interrupt = takeInterrupts();
  try {
    const url = worker?.url ?? new URL(values.url ?? "");
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
    await worker?.dispose();
  }
}

function above0(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new UsageError(`--${name} ${text}: give a number above 0.`);
  return value;
}
