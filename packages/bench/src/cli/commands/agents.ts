import { startProvider } from "@agent-transports/lab/provider";
import { startWorker } from "@agent-transports/lab/worker-host";
import { peersWorker } from "@agent-transports/peers";
import { agentFigures, measuredPackages } from "../../agent-measurements/agent-tables.ts";
import { agentTests, type AgentBench, type AgentMeasured } from "../../agent-measurements/agent-tests.ts";
import { drawMoments } from "../../agent-measurements/recovery/recovery-tests.ts";
import type { StartHost } from "../../agent-measurements/stalled.ts";
import { runRounds, type RoundsCommand } from "../../rounds/rounds-command.ts";

const agents: RoundsCommand<AgentBench, AgentMeasured, "megabytes" | "answers" | "tokens" | "away"> = {
  command: "agents",
  about: `npx -y pnpm@12 bench agents [test …]: our Agent beside what people stream from one today, in one Worker, fed by one provider.

In recovery-*, workerd is killed while its agents answer, and started again at once. The scripted model can be asked to go on. It goes on right behind its own
words where these are the last message, as AIChatAgent asks it. It writes its last words again and goes on from there where it is told to, as ours asks it. A real model
may do neither.`,
  tests: agentTests,
  numbers: {
    megabytes: { default: 100, help: "how much a run makes whose reader stops, in MB" },
    answers: { default: 8, help: "in recovery-*: how many answers each kill hits, at moments spread over them" },
    tokens: { default: 200, help: "in recovery-*: of an answer, at 20 tokens/s" },
    away: { default: 40, help: "in recovery-away: how long nobody asks, in s" },
  },
  packages: measuredPackages,
  tables: agentFigures,
  async open({ numbers: { megabytes, answers, tokens, away }, random }) {
    const provider = await startProvider();
    const start: StartHost = (persistTo, port) =>
      startWorker({
        ...peersWorker(provider.baseUrl),
        ...(persistTo === undefined ? {} : { persistTo }),
        ...(port === undefined ? {} : { port }),
      });
    const host = await start();
    const recovery = { tokens, awayMs: away * 1_000, moments: drawMoments(answers, Math.floor(random() * 2 ** 31)) };
    let ids = 0;
    return {
      bench: { host, provider, random, start, megabytes, recovery, id: () => `a${(ids += 1)}` },
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
