import { parseArgs } from "node:util";
import { ChaosUsageError } from "../errors.ts";
import { ON_LINK } from "../faults/index.ts";
import { durationOf, kindsOf, notParsed, transportsOf, wholeOf } from "../option-values.ts";
import { RULE } from "./rule.ts";
import { SETTINGS, type SoakAsked } from "./soak.ts";
import { bytes } from "./left-behind.ts";

export interface SoakOptions extends SoakAsked {
  readonly help: boolean;
  readonly out: string;
}

const FLAGS = {
  seed: { type: "string" },
  budget: { type: "string" },
  transport: { type: "string" },
  faults: { type: "string" },
  "at-once": { type: "string" },
  out: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export const SOAK_HELP: string = `npx -y pnpm@12 chaos soak: whether anything is left behind when answers have flowed for long

  --budget T        for so long answers flow (30m); a warm-up and two rests come besides, of about three minutes
  --seed N          the same scenarios for the same seed (1)
  --transport T     sse, ws or both (both)
  --faults a,b      only these kinds, of those that chaos --help names, but for packets (all)
  --at-once N       agents that answer one scenario after another, besides one steady client for each transport (4)
  --out DIR         where soak.json and soak.svg are written (chaos-results)

All is back where it began where, at the end of the last rest,
  - sockets, descriptors, active resources (timers too), listeners, rows and alarms are exactly as many as at the start;
  - a heap is at most ${percent(RULE.heapShare)} of what it was at the start, and resident memory ${percent(RULE.residentShare)};
  - over the second half of the flow, a heap grows by no more than ${bytes(RULE.heapGrowth)} per 1,000 answers, and resident memory by
    ${bytes(RULE.residentGrowth)}. A line through fewer than ${RULE.leastSamples} samples is not judged: --budget 7m has enough.

Workers are not killed: another process would have other sockets and another heap. Ended runs are kept for ${SETTINGS.keptMs / 1_000} s.

It ends with
  0  where all is back where it began, and no answer is wrong
  1  where the checker has found something in an answer
  2  where an option is wrong, the Worker does not start, or this system has no /proc
  3  where something is not back, nobody can tell, or it was ended before its last rest
130  where Ctrl-C ended it: it writes and prints what was done`;

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** @throws ChaosUsageError */
export function readSoakOptions(argv: readonly string[]): SoakOptions {
  const { values, positionals } = parsed(argv);
  if (positionals[0] !== undefined) throw new ChaosUsageError("unknown_option", `${positionals[0]}: a soak has only options. See --help.`);
  const kinds = kindsOf(values.faults);
  const vain = values.faults === undefined ? undefined : kinds.find((kind) => ON_LINK.has(kind));
  if (vain !== undefined)
    throw new ChaosUsageError("unknown_fault", `--faults ${vain}: a soak loses no packets, because its lines have no links.`);
  return {
    help: values.help ?? false,
    seed: wholeOf("seed", values.seed, 1, 0, 4_294_967_295),
    budgetMs: durationOf("budget", values.budget ?? "30m"),
    transports: transportsOf(values.transport),
    kinds,
    atOnce: wholeOf("at-once", values["at-once"], 4, 1, 50),
    out: values.out ?? "chaos-results",
  };
}

function parsed(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof FLAGS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw notParsed(error, argv, FLAGS);
  }
}
