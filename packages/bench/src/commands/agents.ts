import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startWorker } from "@agent-transports/agent-worker/host";
import { agentTests, type Bench, type Sample } from "../agents/compare.ts";
import { agentMarkdown } from "../agents/markdown.ts";
import type { StartHost } from "../agents/stalled.ts";
import { agentTable } from "../agents/table.ts";
import { readEnvironment } from "../environment.ts";
import { nearest, UsageError } from "../errors.ts";
import { parseFlags } from "../flags.ts";
import { takeInterrupts } from "../interrupt.ts";
import { startProvider } from "../provider/provider.ts";
import { seededRandom } from "../stats/index.ts";
import { prepare, writeWhole } from "../store.ts";

const help = `transport-bench agents [test …]: our Agent beside what people stream from one today, in one Worker, fed by one provider.

  --rounds N     each arm of each test so often, in an order drawn anew for each round (default 3)
  --seed N       that order again
  --out DIR      where agents.json goes (default bench-results)
  --megabytes N  how much a run makes whose reader stops, in MB (default 100)
  --markdown     the tables in Markdown, each with its command and where it was run
  --json         the samples as JSON on standard output

Tests
${agentTests.map(({ id, title }) => `  ${id.padEnd(14)} ${title}`).join("\n")}`;

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @returns the exit code */
export async function agentsCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags(argv, flags, "agents --help");
  if (values.help === true) {
    console.log(help);
    return 0;
  }
  for (const name of positionals) {
    const names = agentTests.map(({ id }) => id);
    if (!names.includes(name)) throw new UsageError(`There is no test ${name}. Did you mean ${nearest(name, names) ?? names.join(", ")}?`);
  }
  const tests = agentTests.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  const rounds = wholeAbove0("rounds", values.rounds);
  const seed = wholeAbove0("seed", values.seed);
  const megabytes = wholeAbove0("megabytes", values.megabytes);
  if (values.markdown === true && values.json === true) throw new UsageError("Choose one form: --markdown or --json.");
  await prepare(values.out);
  const random = seededRandom(seed);
  const provider = await startProvider();
  const start: StartHost = (persistTo) =>
    startWorker({
      worker: { config: join(root, "peers", "wrangler.jsonc"), script: join(root, "dist", "peers", "worker.js") },
      vars: { PROVIDER_URL: provider.baseUrl },
      ...(persistTo === undefined ? {} : { persistTo }),
    });
  const host = await start();
  using interrupt = takeInterrupts();
  let ids = 0;
  const bench: Bench = { host, provider, random, start, megabytes, id: () => `a${(ids += 1)}` };
  const samples: Sample[] = [];
  const environment = await readEnvironment();
  const startedAt = new Date().toISOString();
  try {
    for (const test of tests) {
      for (let round = 0; round < rounds && !interrupt.signal.aborted; round++) {
        process.stderr.write(`${test.title}: round ${round + 1} of ${rounds}\n`);
        const order = test.arms.map((arm) => [random(), arm] as const).sort(([a], [b]) => a - b);
        for (const [, arm] of order) {
          if (interrupt.signal.aborted) break;
          samples.push({ test: test.id, arm: arm.id, round, ...(await arm.measure(bench)) });
          await writeWhole(join(values.out, "agents.json"), JSON.stringify({ startedAt, environment, seed, samples }, null, 1));
        }
      }
    }
  } finally {
    await host.dispose();
    await provider.close();
  }
  if (values.json === true) console.log(JSON.stringify(samples));
  else if (values.markdown === true) {
    const given = { rounds, seed, megabytes };
    const options = (["rounds", "seed", "megabytes"] as const).map((name) =>
      String(given[name]) === flags[name].default && name !== "rounds" ? "" : ` --${name} ${given[name]}`,
    );
    console.log(agentMarkdown(samples, { startedAt, environment, options: options.join("") }));
  } else console.log(agentTable(samples));
  return interrupt.signal.aborted ? 130 : 0;
}

const flags = {
  rounds: { type: "string", default: "3" },
  seed: { type: "string", default: "1" },
  megabytes: { type: "string", default: "100" },
  out: { type: "string", default: "bench-results" },
  markdown: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function wholeAbove0(name: string, text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new UsageError(`--${name} ${text}: give a whole number above 0.`);
  return Number(text);
}
