import { lineOf, main } from "./cli/main.ts";

let code: number;
try {
  code = await main(process.argv.slice(2));
} catch (error) {
  const line = await lineOf(error);
  console.error(line === undefined ? error : `bench: ${line}`);
  code = 2;
}
// By the time it gets here the event loop is empty, and without this call Node 24 may still never end: after a few hundred blocks it
// spins in its own teardown (`Environment::CleanupHandles`, seen with gdb), which process.exit does not go through.
process.exit(code);
