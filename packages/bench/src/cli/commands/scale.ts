import { startProvider } from "@agent-transports/lab/provider";
import { runRounds, type RoundsCommand } from "../../rounds/rounds-command.ts";
import { lostEvents, measuredPackages, scaleFigures } from "../../scale-measurements/scale-tables.ts";
import { scaleTests, type ScaleBench, type ScaleMeasured } from "../../scale-measurements/scale-tests.ts";

const scale: RoundsCommand<ScaleBench, ScaleMeasured, "seconds"> = {
  command: "scale",
  about: `npx -y pnpm@12 bench scale [test …]: how many readers one Agent carries, and how many Agents one isolate.

Readers are as bare as they can be, in a process of their own. Where that process takes most of a core, the figures are the readers' own. Each measurement has a
Worker of its own. Lost, repeated and reordered events are counted in all readers.`,
  tests: scaleTests,
  numbers: { seconds: { default: 8, help: "how long an answer takes" } },
  packages: measuredPackages,
  tables: scaleFigures,
  fault: lostEvents,
  async open({ numbers: { seconds }, random }) {
    const provider = await startProvider();
    let ids = 0;
    return { bench: { provider, random, seconds, id: () => `s${(ids += 1)}` }, close: () => provider.close() };
  },
};

/** @returns the exit code */
export function scaleCommand(argv: readonly string[]): Promise<number> {
  return runRounds(scale, argv);
}
