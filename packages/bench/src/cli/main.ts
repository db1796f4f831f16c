import { UsageError } from "../usage/errors.ts";
import { help } from "./help.ts";
import { parseOptions } from "./options.ts";

/** What a command line asks for is loaded when it is asked for: a list of scenarios needs no Worker. @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  const options = await parseOptions(argv);
  switch (options.command) {
    case "help":
      console.log(help);
      return 0;
    case "list":
      (await import("./commands/list.ts")).list(options.json);
      return 0;
    case "agents":
      return (await import("./commands/agents.ts")).agentsCommand(options.argv);
    case "clients":
      return (await import("./commands/clients.ts")).clientsCommand(options.argv);
    case "sockets":
      return (await import("./commands/sockets.ts")).socketsCommand(options.argv);
    case "scale":
      return (await import("./commands/scale.ts")).scaleCommand(options.argv);
    case "plan":
      return (await import("./commands/plan.ts")).planCommand(options.argv);
    case "cost":
      return (await import("./commands/cost.ts")).costCommand(options.argv);
    case "answer":
      return (await import("./commands/answer.ts")).answerCommand(options.argv);
    case "load":
      return (await import("./commands/load.ts")).loadCommand(options.argv);
    case "compare":
      return (await import("./commands/compare.ts")).compareCommand(options.argv);
    case "combine":
      return (await import("./commands/combine.ts")).combineCommand(options.argv);
    case "verdicts":
      return (await import("./commands/verdicts.ts")).verdictsCommand(options.argv);
    case "raw":
      return (await import("./commands/raw.ts")).rawCommand(options.argv);
    case "resume":
      return (await import("./commands/resume.ts")).resume(options);
    case "simulate":
      return (await import("./commands/simulate.ts")).simulateCommand(options.argv);
    case "report":
      await (await import("./commands/report.ts")).report(options);
      return 0;
    case "run":
      return (await import("./commands/run.ts")).run(options);
  }
}

/** What a person can put right is one line. Anything else is a fault of this program, and its stack is what helps: `undefined`. */
export async function lineOf(thrown: unknown): Promise<string | undefined> {
  if (thrown instanceof UsageError) return thrown.message;
  // Not at the start: a command that throws one of these has loaded its class already.
  const [{ TransportError }, { LinkError }, { TraceError }, { HostError }, { ReportError }] = await Promise.all([
    import("@agent-transports/client-core"),
    import("@agent-transports/lab/network"),
    import("@agent-transports/lab/traffic"),
    import("@agent-transports/lab/worker-host"),
    import("artillery-engine-agent-transports/results"),
  ]);
  const ours = [TransportError, LinkError, TraceError, HostError, ReportError];
  return ours.some((one) => thrown instanceof one) && thrown instanceof Error ? thrown.message : undefined;
}
