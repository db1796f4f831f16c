import { startProvider } from "@agent-transports/lab/provider";
import { runRounds, type RoundsCommand } from "../../rounds/rounds-command.ts";
import { measuredPackages, socketFigures } from "../../socket-measurements/socket-tables.ts";
import { socketTests, type SocketBench, type SocketMeasured } from "../../socket-measurements/socket-tests.ts";

const sockets: RoundsCommand<SocketBench, SocketMeasured, "clients"> = {
  command: "sockets",
  about:
    "npx -y pnpm@12 bench sockets [test …]: what a client costs by its transport and by COMPRESS_WEBSOCKETS, in memory, CPU and bytes.",
  tests: socketTests,
  numbers: { clients: { default: 500, help: "how many clients memory is measured of" } },
  packages: measuredPackages,
  tables: socketFigures,
  async open({ numbers: { clients }, random }) {
    const provider = await startProvider();
    return { bench: { provider, random, clients }, close: () => provider.close() };
  },
};

/** @returns the exit code */
export function socketsCommand(argv: readonly string[]): Promise<number> {
  return runRounds(sockets, argv);
}
