import { parseArgs } from "node:util";
import { ChaosUsageError } from "./errors.ts";
import { FAULTS, ON_LINK, PROVIDER, STRIKES_NO_STREAM } from "./faults/index.ts";
import { durationOf, kindsOf, notParsed, transportsOf, wholeOf } from "./option-values.ts";
import type { TransportName } from "./plan/scenario.ts";

/** What takes something that a machine may lack, by its option. */
export type Machinery = "kills" | "packets" | "clocks";
const MACHINERY: readonly Machinery[] = ["kills", "packets", "clocks"];

export interface Options {
  readonly help: boolean;
  readonly seed: number;
  /** Faulted streams, of each transport. */
  readonly streams: number;
  /** SIGKILLs that strike a live answer. */
  readonly kills: number;
  /** Jumps of a Worker's clock that strike a live answer. */
  readonly clocks: number;
  /** Agents that are evicted. */
  readonly evictions: number;
  /** Streams that lost packets on their links, of each transport. */
  readonly packets: number;
  readonly budgetMs: number;
  readonly transports: readonly TransportName[];
  readonly kinds: readonly string[];
  readonly out: string;
  /** How many scenarios share the Worker at a time. */
  readonly atOnce: number;
  /** One scenario alone. */
  readonly only: string | undefined;
  /** Of what takes something, what options name: packets by their number, or by a kind of loss. The others are left out where a machine lacks it. */
  readonly askedFor: ReadonlySet<Machinery>;
}

const FLAGS = {
  seed: { type: "string" },
  streams: { type: "string" },
  kills: { type: "string" },
  clocks: { type: "string" },
  evictions: { type: "string" },
  packets: { type: "string" },
  budget: { type: "string" },
  transport: { type: "string" },
  faults: { type: "string" },
  out: { type: "string" },
  "at-once": { type: "string" },
  only: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export const HELP: string = `npx -y pnpm@12 chaos: answers under seeded faults, and a checker of what each reader was given

  --seed N          the same scenarios for the same seed (1)
  --streams N       until faults have struck so many streams, of each transport (1000)
  --kills N         how often a Worker gets SIGKILL while an answer of its six agents is read (10). Restarts come besides,
                    and so do kills that strike no live answer: both are printed apart. It takes Linux
  --packets N       until so many streams, of each transport, have lost packets on a network of two kernels (40). It takes
                    Linux, root and /dev/net/tun
  --clocks N        how often the wall clock of a Worker jumps while an answer of its six agents is read (10). It takes Linux
                    and a C compiler, cc
  --evictions N     how many agents are left alone until the runtime evicts them, and are then asked again (20)
                    What takes something that the machine lacks is left out, where it is not asked for by its option. A kind
                    of lost packets in --faults asks for packets
  --budget T        at most so long, as in 90s or 10m (10m)
  --transport T     sse, ws or both (both)
  --faults a,b      only these kinds, of those below (all)
  --only ID         one scenario alone, as s17, k3, n5, c2 or e5: its plan, its violations
  --at-once N       scenarios that share the Worker at a time (16)
  --out DIR         where chaos.json is written (chaos-results)

It ends with
  0  where all was played that was asked for, and nothing is wrong
  1  where the checker has found something
  2  where an option is wrong, the machine can play nothing of it, or the Worker does not start
  3  where the checker has found nothing, and less was played than was asked for
130  where Ctrl-C ended it: it writes and prints what was done

npx -y pnpm@12 chaos soak --help: whether anything is left behind when answers have flowed for long

Faults:
${FAULTS.map(({ kind, says }) => `  ${kind.padEnd(14)}  ${says}`).join("\n")}
  ${PROVIDER.padEnd(14)}  the model's stream breaks off once or twice, or fails for good

Beside them, scenarios have
  several runs of one client: some are cancelled, some fail, and some starts are refused
  pages that are closed, and others that are restored from what was remembered (saveAs, restore)
  a Worker whose wall clock is ahead or behind by up to a day and jumps, and which comes back with another one
  agents that are evicted while their client is there: it reads an ended run again, starts others, sends inputs and cancels
  agents at the levels event, window and behind, of which the last may lose what it had sent, and says so`;

/** @throws ChaosUsageError */
export function readOptions(argv: readonly string[]): Options {
  const { values, positionals } = parsed(argv);
  if (positionals[0] === "soak")
    throw new ChaosUsageError("unknown_option", "Give the command first: chaos soak, and its options behind it.");
  if (positionals[0] !== undefined) throw new ChaosUsageError("unknown_option", `There is no command ${positionals[0]}. See --help.`);
  const only = values.only;
  if (only !== undefined && !/^[sknce]\d{1,9}$/.test(only)) {
    throw new ChaosUsageError("unknown_scenario", `--only ${only}: give a scenario as a report names it, such as s17, k3 or n5.`);
  }
  const kinds = kindsOf(values.faults);
  const losesPackets = kinds.some((kind) => ON_LINK.has(kind));
  const namesLosses = values.faults !== undefined && losesPackets;
  const options: Options = {
    help: values.help ?? false,
    seed: wholeOf("seed", values.seed, 1, 0, 4_294_967_295),
    streams: wholeOf("streams", values.streams, 1_000, 0, 10_000_000),
    kills: wholeOf("kills", values.kills, 10, 0, 100_000),
    clocks: wholeOf("clocks", values.clocks, 10, 0, 100_000),
    evictions: wholeOf("evictions", values.evictions, 20, 0, 100_000),
    packets: wholeOf("packets", values.packets, losesPackets ? 40 : 0, 0, 1_000_000),
    budgetMs: durationOf("budget", values.budget ?? "10m"),
    transports: transportsOf(values.transport),
    kinds,
    out: values.out ?? "chaos-results",
    atOnce: wholeOf("at-once", values["at-once"], 16, 1, 200),
    only,
    askedFor: new Set(MACHINERY.filter((name) => values[name] !== undefined || (name === "packets" && namesLosses))),
  };
  if (only === undefined && !options.help) refuseVain(options);
  return options;
}

/** What would prove nothing, or never come to an end. Also what comes to nothing where a machine lacks something. @throws ChaosUsageError */
export function refuseVain({ streams, kills, packets, clocks, evictions, kinds }: Options): void {
  if (streams === 0 && kills === 0 && packets === 0 && clocks === 0 && evictions === 0) {
    const none = "--streams 0 --kills 0 --packets 0 --clocks 0 --evictions 0";
    throw new ChaosUsageError("nothing_to_do", `${none} plays nothing: give one of them more than 0.`);
  }
  if (packets > 0 && !kinds.some((kind) => ON_LINK.has(kind))) {
    const why = `--faults ${kinds.join(",")} loses no packets, and --packets ${packets} would never be reached`;
    throw new ChaosUsageError("nothing_to_do", `${why}: add one of ${[...ON_LINK].join(", ")}, or give --packets 0.`);
  }
  // Packets are lost in scenarios of their own, which end by their own count.
  if (streams > 0 && kinds.every((kind) => STRIKES_NO_STREAM.has(kind) || ON_LINK.has(kind))) {
    const which = kinds.some((kind) => ON_LINK.has(kind)) ? "no stream without a link" : "no stream";
    const why = `--faults ${kinds.join(",")} strikes ${which}, and --streams ${streams} would never be reached`;
    throw new ChaosUsageError("nothing_to_do", `${why}: add another kind, or give --streams 0.`);
  }
}

function parsed(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof FLAGS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw notParsed(error, argv, FLAGS);
  }
}
