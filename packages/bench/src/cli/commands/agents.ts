import { startProvider } from "@agent-transports/lab/provider";
import { startWorker } from "@agent-transports/lab/worker-host";
import { peersWorker } from "@agent-transports/peers";
import { agentFigures, measuredPackages } from "../../agent-measurements/agent-tables.ts";
import { agentTests, type AgentBench, type AgentMeasured } from "../../agent-measurements/agent-tests.ts";
import type { StartHost } from "../../agent-measurements/stalled.ts";
import { runRounds, type RoundsCommand } from "../../rounds/rounds-command.ts";

const agents: RoundsCommand<AgentBench, AgentMeasured, "megabytes"> = {
  command: "agents",
  about: "npx -y pnpm@12 bench agents [test …]: our Agent beside what people stream from one today, in one Worker, fed by one provider.",
  tests: agentTests,
  numbers: { megabytes: { default: 100, help: "how much a run makes whose reader stops, in MB" } },
  packages: measuredPackages,
  tables: agentFigures,
  async open({ numbers: { megabytes }, random }) {
    const provider = await startProvider();
    const start: StartHost = (persistTo) =>
      startWorker({
        ...peersWorker(provider.baseUrl),
        ...(persistTo === undefined ? {} : { persistTo }),
      });
    const host = await start();
    let ids = 0;
    return {
      bench: { host, provider, random, start, megabytes, id: () => `a${(ids += 1)}` },
      async close() {
        await host.dispose();
        await provider.close();
      },
    };
  },
};

/** @returns the exit code */
export function agentsCommand(argv: readonly string[]): Promise<number> {
  return runRounds(agents, argv);
}
