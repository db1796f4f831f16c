import { join } from "node:path";
import { startProvider } from "@agent-transports/lab/provider";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { peersWorker } from "@agent-transports/peers";
import { publishedPrices } from "../../cost/prices.ts";
import { isMeasured, ratesOf, type Session } from "../../cost/session-cost.ts";
import { chat } from "../../cost/sessions.ts";
import { costArms, type CostArm } from "../../cost-measurements/cost-arms.ts";
import { costFigures } from "../../cost-measurements/cost-figures.ts";
import { assumptions, costTables } from "../../cost-measurements/cost-tables.ts";
import { measureUsage } from "../../cost-measurements/measure-usage.ts";
import { loadPrices, loadUsage, usageFile, type UsageFile } from "../../cost-measurements/usage-file.ts";
import { markdownTable, terminalTables, whereMeasured } from "../../rounds/print.ts";
import { prepare, writeWhole } from "../../results/store.ts";
import { readEnvironment } from "../../run/environment.ts";
import { seededRandom } from "../../stats/index.ts";
import { BENCH } from "../../usage/command-name.ts";
import { nearest, UsageError } from "../../usage/errors.ts";
import {
  decimalFlag,
  helpFlag,
  readCommandLine,
  switchFlag,
  textFlag,
  wholeFlag,
  wholesFlag,
  type CommandLine,
} from "../../usage/flags.ts";

const help = `npx -y pnpm@12 bench cost: what answers cost on Cloudflare over each transport: measured usage times published prices.

It counts, in workerd, all that Cloudflare bills: requests, WebSocket messages, alarms, rows, bytes, and the time in which an object is awake.
That takes about five minutes. Then it prints what 1,000 answers cost, what sessions cost, what a page costs that waits, and what changes it.

Usage
  --usage FILE          takes a measurement that was made before: nothing is measured, and this takes a second
  --out DIR             where usage.json goes (default bench-results)
  --rates 20,50,200     measures at these rates, in tokens/s; what lies between them is interpolated

The session
  --answers N           answers in a session (default ${chat.answers})
  --tokens N            tokens in an answer (default ${chat.tokens})
  --rate N              tokens a second (default ${chat.tokensPerSecond})
  --first-token S       seconds until the first token, the model's own (default ${chat.firstTokenMs / 1_000})
  --think S             seconds between an answer and the next question (default ${chat.thinkMs / 1_000})
  --kept-days N         days for which an answer is kept (default ${chat.keptDays})

Prices
  --prices FILE         takes other prices: JSON, as "prices" in what --json prints
  --model NAME          shows the share of this model's price only (default: of each model that the prices have)
  --input-tokens N      tokens that a question gives to the model, the conversation so far included (default 1000)

  --markdown            the tables in Markdown
  --json                the figures as JSON on standard output

Examples
  npx -y pnpm@12 bench cost --usage reports/cost/usage.json
  npx -y pnpm@12 bench cost --usage reports/cost/usage.json --answers 1 --tokens 300 --rate 80`;

const flags = {
  usage: textFlag("usage"),
  out: textFlag("out", "bench-results"),
  rates: wholesFlag("rates", { from: 1, to: 200 }, [20, 50, 200]),
  answers: wholeFlag("answers", { from: 1, to: 10_000 }, chat.answers),
  tokens: wholeFlag("tokens", { from: 1, to: 1_000_000 }, chat.tokens),
  rate: decimalFlag("rate", { from: 1, to: 200 }, chat.tokensPerSecond),
  firstToken: decimalFlag("first-token", { from: 0, to: 600 }, chat.firstTokenMs / 1_000, "s"),
  think: decimalFlag("think", { from: 0, to: 86_400 }, chat.thinkMs / 1_000, "s"),
  keptDays: decimalFlag("kept-days", { from: 0, to: 36_500 }, chat.keptDays),
  prices: textFlag("prices"),
  model: textFlag("model"),
  inputTokens: wholeFlag("input-tokens", { from: 0, to: 10_000_000 }, 1_000),
  markdown: switchFlag("markdown"),
  json: switchFlag("json"),
};

/** Whose versions the counts hang on. */
const measuredPackages = ["workerd", "miniflare", "agents", "@cloudflare/ai-chat", "ai"] as const;

/** @returns the exit code */
export async function costCommand(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, [...Object.values(flags), helpFlag], "cost --help");
  if (line.value(helpFlag)) {
    console.log(help);
    return 0;
  }
  if (line.words.length > 0) throw new UsageError(`cost takes no ${line.words.join(" ")}: only options. See cost --help.`);
  const [markdown, json] = [line.value(flags.markdown), line.value(flags.json)];
  if (markdown && json) throw new UsageError("Choose one form: --markdown or --json.");
  const session = sessionOf(line);
  const inputTokens = line.value(flags.inputTokens);
  const prices = await pricesOf(line);
  const usage = await usageOf(line);
  const figures = costFigures(usage.arms, { session: measurable(usage, session), inputTokens, prices });
  if (json) {
    console.log(JSON.stringify({ startedAt: usage.startedAt, environment: usage.environment, ...figures }, null, 2));
    return 0;
  }
  const tables = costTables(figures);
  const notes = assumptions(figures);
  const typed = argv.filter((word) => word !== "--markdown");
  console.log(
    (markdown
      ? [
          ...tables.map(({ title, head, rows }) => markdownTable(title, head, rows)),
          notes.map((note) => `- ${note}`).join("\n"),
          `\`${[BENCH, "cost", ...typed].join(" ")}\`, counted ${whereMeasured(usage, measuredPackages)}`,
        ]
      : [terminalTables(tables), notes.join("\n")]
    ).join("\n\n"),
  );
  return 0;
}

function sessionOf(line: CommandLine): Session {
  return {
    ...chat,
    answers: line.value(flags.answers),
    tokens: line.value(flags.tokens),
    tokensPerSecond: line.value(flags.rate),
    firstTokenMs: 1_000 * line.value(flags.firstToken),
    thinkMs: 1_000 * line.value(flags.think),
    keptDays: line.value(flags.keptDays),
  };
}

/** @throws UsageError where it goes faster or slower than anything that was measured */
function measurable({ arms }: UsageFile, session: Session): Session {
  const arm = arms.find((one) => !isMeasured(one, session));
  if (arm === undefined) return session;
  const asked = `--rate ${session.tokensPerSecond}: this was measured at ${range(ratesOf(arm))} tokens/s`;
  throw new UsageError(`${asked}. Measure again, with --rates on both sides of it and without --usage.`);
}

function range(rates: readonly number[]): string {
  const [least, most] = [Math.min(...rates), Math.max(...rates)];
  return least === most ? String(least) : `${least} to ${most}`;
}

async function pricesOf(line: CommandLine): Promise<typeof publishedPrices> {
  const file = line.value(flags.prices);
  const prices = file === undefined ? publishedPrices : await loadPrices(file);
  const name = line.value(flags.model);
  if (name === undefined) return prices;
  const names = prices.models.map((model) => model.name);
  const models = prices.models.filter((model) => model.name === name);
  if (models.length > 0) return { ...prices, models };
  throw new UsageError(
    `There is no price of ${name}. Did you mean ${nearest(name, names) ?? names.join(", ")}? Others come with --prices.`,
  );
}

async function usageOf(line: CommandLine): Promise<UsageFile> {
  const file = line.value(flags.usage);
  const other = line.given.find((flag) => flag === flags.out || flag === flags.rates);
  if (file !== undefined && other !== undefined)
    throw new UsageError(`--${other.name} and --usage do not go together: nothing is measured. Leave one of them out.`);
  if (file !== undefined) return loadUsage(file);
  const rates = line.value(flags.rates);
  const rate = line.value(flags.rate);
  // Before minutes are spent.
  if (rate < Math.min(...rates) || rate > Math.max(...rates))
    throw new UsageError(`--rate ${rate}: this would be measured at ${range(rates)} tokens/s. Give --rates on both sides of it.`);
  return measure(line.value(flags.out), rates);
}

/** Longer than an alarm of the SDK's waits, and than the 10 s after which the runtime lets an object sleep. */
const PAUSE_MS = 40_000;

async function measure(out: string, tokensPerSecond: readonly number[]): Promise<UsageFile> {
  await prepare(out);
  const startedAt = new Date().toISOString();
  const environment = await readEnvironment();
  const provider = await startProvider();
  // One for each arm: what an agent writes depends on how busy its isolate is.
  const hosts = new Map<CostArm, WorkerHost>();
  const hostOf = (arm: CostArm): WorkerHost => {
    const host = hosts.get(arm);
    if (host === undefined) throw new Error(`There is no Worker of ${arm.label}.`);
    return host;
  };
  let ids = 0;
  try {
    for (const arm of costArms) hosts.set(arm, await startWorker(peersWorker(provider.baseUrl)));
    const bench = { hostOf, provider, random: seededRandom(1), id: () => `a${(ids += 1)}` };
    const arms = await measureUsage(bench, {
      arms: costArms,
      tokens: [100, 1_000],
      tokensPerSecond,
      pauseMs: PAUSE_MS,
      inputSeconds: 5,
      onStep: (what) => void process.stderr.write(`${what}\n`),
    });
    const measured = usageFile({ startedAt, environment, pauseMs: PAUSE_MS, arms });
    const file = join(out, "usage.json");
    await writeWhole(file, JSON.stringify(measured, null, 1));
    process.stderr.write(`Counted: ${file}. Another price, or another session: --usage ${file}\n`);
    return measured;
  } finally {
    await Promise.all([...hosts.values()].map((host) => host.dispose()));
    await provider.close();
  }
}
