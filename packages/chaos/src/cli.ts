import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chaos, playOnly } from "./campaign/chaos.ts";
import { leaveOut } from "./run/left-out.ts";
import { endOnSignals, isForAPerson, mustBeWritable, textOf } from "./command.ts";
import { HELP, readOptions, refuseVain, type Options } from "./options.ts";
import { exitCode } from "./report/exit-code.ts";
import { reportOf, tableOf, type Report } from "./report/report.ts";
import { Totals } from "./report/totals.ts";
import { soakCommand } from "./soak/command.ts";

/** @returns the exit code */
async function main([command, ...rest]: readonly string[]): Promise<number> {
  if (command === "soak") return soakCommand(rest);
  const options = readOptions(command === undefined ? [] : [command, ...rest]);
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  return options.only === undefined ? all(options) : one(options.only, options);
}

async function all(asked: Options): Promise<number> {
  const { options, leftOut } = await leaveOut(asked);
  for (const { what, why } of leftOut) console.error(`Left out: --${what}. ${why}`);
  refuseVain(options);
  const { seed, streams, kills, packets, clocks, evictions, transports, kinds, out } = options;
  await mustBeWritable(out);
  const totals = new Totals();
  const startedAt = performance.now();
  const finish = (ended: Pick<Report, "cut" | "failure" | "seconds" | "peakResidentBytes">): void => {
    const played = { streams, kills, packets, clocks, evictions, transports, faults: kinds };
    const report = reportOf(totals, { seed, asked: played, leftOut, ...ended });
    writeFileSync(join(out, "chaos.json"), JSON.stringify(report, null, 2));
    console.log(tableOf(report));
  };
  endOnSignals((signal) => {
    const seconds = (performance.now() - startedAt) / 1_000;
    finish({ cut: true, failure: signal, seconds, peakResidentBytes: process.memoryUsage().rss });
  });
  const { cut, failure, seconds, peakResidentBytes } = await chaos(options, {
    totals,
    onProgress: ({ transports: { sse, ws }, kills: killed, restarts, violatedRuns }) =>
      console.error(
        `struck: ${sse.faulted} over SSE, ${ws.faulted} over WebSocket, ${sse.lost + ws.lost} by lost packets; kills: ${killed + restarts}; violated: ${violatedRuns}`,
      ),
    onPlayed: (scenario, played) => {
      for (const { violations } of played) for (const { kind, what } of violations) console.error(`${scenario.id} ${kind}: ${what}`);
    },
  });
  finish({ cut, failure: failure === undefined ? null : textOf(failure), seconds, peakResidentBytes });
  if (failure === undefined) return exitCode(totals, cut);
  if (isForAPerson(failure)) throw failure;
  console.error(failure);
  // What was played when it was thrown may go on for a minute, and is not counted.
  process.exit(exitCode(totals, true));
}

async function one(id: string, options: Options): Promise<number> {
  const { scenario, played } = await playOnly(id, options);
  const totals = new Totals();
  totals.add(id, played);
  console.log(JSON.stringify(scenario, null, 2));
  for (const { history, violations, streams } of played) {
    const record = history.ledger.runs.find((run) => run.id === history.run);
    const struck = streams.map(
      ({ transport, strikes, reconnects }) => `${transport} ${[...strikes.keys()].join("+") || "undisturbed"}, ${reconnects} reconnects`,
    );
    console.log(`run ${history.run} ${record?.state}, ${history.views.length} readers: ${struck.join("; ")}`);
    for (const { kind, of, what } of violations) console.log(`${kind} (${of}): ${what}`);
    if (violations.length > 0)
      for (const { seq, chunks } of history.ledger.rows) console.log(`  ${seq}: ${chunks.replaceAll("\n", "\n     ")}`);
  }
  console.log(totals.violatedRuns === 0 ? "No violation." : `${totals.violatedRuns} answers with violations.`);
  return exitCode(totals, false);
}

/** @returns the exit code, also of what a person can put right */
async function codeOf(argv: readonly string[]): Promise<number> {
  try {
    return await main(argv);
  } catch (error) {
    if (!isForAPerson(error)) throw error;
    console.error(error.message);
    return 2;
  }
}

process.exitCode = await codeOf(process.argv.slice(2));
// Once nothing is left to do, and all is printed: where thousands of sockets were cut, Node 24 may spin for ever as it takes itself down.
process.on("beforeExit", () => process.exit());
