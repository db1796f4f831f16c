import { lineOf, main } from "./cli/main.ts";

let code: number;
try {
  code = await main(process.argv.slice(2));
} catch (error) {
  const line = await lineOf(error);
  console.error(line === undefined ? error : `bench: ${line}`);
  code = 2;
}
// What goes to a pipe is written as fast as it is read: what is on its way when a process exits is lost.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write("", resolve))));
// By the time it gets here the event loop is empty, and without this call Node 24 may still never end: after a few hundred blocks it
// spins in its own teardown (`Environment::CleanupHandles`, seen with gdb), which process.exit does not go through.
process.exit(code);
