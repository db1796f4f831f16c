import { launchChromium } from "@agent-transports/lab/browser";
import type { Browser } from "playwright-core";
import { clientFigures, measuredPackages } from "../../client-measurements/client-tables.ts";
import { clientTests, type ClientBench, type ClientMeasured } from "../../client-measurements/client-tests.ts";
import { runRounds, type RoundsCommand } from "../../rounds/rounds-command.ts";

const clients: RoundsCommand<ClientBench, ClientMeasured, "events" | "runs" | "megabytes"> = {
  command: "clients",
  about: "npx -y pnpm@12 bench clients [test …]: our two clients beside what people use today, each measurement in a process of its own.",
  tests: clientTests,
  numbers: {
    events: { default: 1_000_000, help: "how many the tests of CPU read" },
    runs: { default: 10_000, help: "how many the test of memory opens and closes" },
    megabytes: { default: 100, help: "how much a slow reader is sent" },
  },
  profiles: true,
  packages: measuredPackages,
  tables: clientFigures,
  async open({ numbers, profileTo }) {
    let browser: Promise<Browser> | undefined;
    return {
      bench: { ...numbers, profileTo, browser: () => (browser ??= launchChromium()) },
      async close() {
        await (await browser)?.close();
      },
    };
  },
};

/** @returns the exit code */
export function clientsCommand(argv: readonly string[]): Promise<number> {
  return runRounds(clients, argv);
}
