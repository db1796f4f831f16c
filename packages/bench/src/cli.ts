import { HostError } from "@agent-transports/agent-worker/host";
import { TransportError } from "@agent-transports/protocol";
import { agentsCommand } from "./commands/agents.ts";
import { clientsCommand } from "./commands/clients.ts";
import { compareCommand } from "./commands/compare.ts";
import { list } from "./commands/list.ts";
import { loadCommand } from "./commands/load.ts";
import { rawCommand } from "./commands/raw.ts";
import { report } from "./commands/report.ts";
import { resume } from "./commands/resume.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { run } from "./commands/run.ts";
import { verdictsCommand } from "./commands/verdicts.ts";
import { UsageError } from "./errors.ts";
import { help } from "./help.ts";
import { parseOptions } from "./options.ts";
import { TraceError } from "./traffic/traffic.ts";

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  switch (options.command) {
    case "help":
      console.log(help);
      return 0;
    case "list":
      list(options.json);
      return 0;
    case "agents":
      return agentsCommand(options.argv);
    case "clients":
      return clientsCommand(options.argv);
    case "load":
      return loadCommand(options.argv);
    case "compare":
      return compareCommand(options.argv);
    case "verdicts":
      return verdictsCommand(options.argv);
    case "raw":
      return rawCommand(options.argv);
    case "resume":
      return resume(options);
    case "simulate":
      return simulateCommand(options.argv);
    case "report":
      await report(options);
      return 0;
    case "run":
      return run(options);
  }
}

let code: number;
try {
  code = await main(process.argv.slice(2));
} catch (error) {
  // What a person can put right is one line; anything else is a fault of this program, and its stack is what helps.
  const known = error instanceof UsageError || error instanceof TraceError || error instanceof HostError || error instanceof TransportError;
  console.error(known ? `transport-bench: ${error.message}` : error);
  code = 2;
}
// By the time it gets here the event loop is empty, and without this call Node 24 may still never end: after a few hundred blocks it
// spins in its own teardown (`Environment::CleanupHandles`, seen with gdb), which process.exit does not go through.
process.exit(code);
