import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";
import { NetworkError } from "../errors.ts";
import type { Libc } from "./libc.ts";
import type { Answer, MoverData, Questions } from "./messages.ts";

/** The thread between the sides, as the others see it. */
export interface Mover {
  /** @throws NetworkError where the thread has ended */
  ask<Name extends keyof Questions>(name: Name, given: Questions[Name]["ask"]): Promise<Questions[Name]["answer"]>;
  stop(): Promise<void>;
}

/** What there is to end before the process does: a thread that waits in the kernel hears of no exit. */
const running = new Set<() => void>();

function stopRunning(): void {
  for (const stop of running) stop();
}

export async function startMover(libc: Libc, data: Omit<MoverData, "port">): Promise<Mover> {
  // Beside this file, in the sources and in what is built from them.
  const script = fileURLToPath(new URL(`mover${extname(import.meta.url)}`, import.meta.url));
  const { port1: port, port2 } = new MessageChannel();
  const worker = new Worker(script, { workerData: { ...data, port: port2 } satisfies MoverData, transferList: [port2], execArgv: [] });
  port.setMaxListeners(0); // Each question that waits for its answer has one.
  port.unref();
  const waiting = new Set<(error: Error) => void>();
  let asked = 0;
  let ended: Error | undefined;

  function end(error: Error): void {
    ended ??= error;
    for (const reject of waiting) reject(ended);
    running.delete(stopNow);
    if (running.size === 0) process.off("exit", stopRunning);
  }
  worker.on("error", (cause) => end(new NetworkError("mover_failed", `The thread between the sides has ended: ${String(cause)}`, cause)));
  worker.on("exit", () => end(new NetworkError("closed", "The network has been closed: open another one.")));

  const one = Buffer.alloc(8);
  one.writeUInt32LE(1);
  const post = (message: unknown): void => {
    port.postMessage(message);
    libc.write(data.wake, one, one.length);
  };
  function stopNow(): void {
    post({ n: -1, name: "stop", ask: null });
  }
  if (running.size === 0) process.on("exit", stopRunning);
  running.add(stopNow);

  function ask<Name extends keyof Questions>(name: Name, given: Questions[Name]["ask"]): Promise<Questions[Name]["answer"]> {
    if (ended !== undefined) return Promise.reject(ended);
    const n = (asked += 1);
    return new Promise((resolve, reject) => {
      const done = (): void => {
        port.off("message", heard);
        waiting.delete(gone);
        if (waiting.size === 0) port.unref();
      };
      const heard = (answer: Answer<Name>): void => {
        if (answer.n !== n) return;
        done();
        if ("error" in answer) reject(new NetworkError("mover_failed", answer.error));
        else resolve(answer.answer);
      };
      const gone = (error: Error): void => {
        done();
        reject(error);
      };
      waiting.add(gone);
      port.on("message", heard);
      // Whoever waits for an answer keeps the process alive; the network itself does not.
      port.ref();
      post({ n, name, ask: given });
    });
  }
  await ask("counters", null);
  worker.unref();
  return {
    ask,
    async stop() {
      if (ended !== undefined) return;
      worker.ref();
      const exited = once(worker, "exit");
      stopNow();
      await exited;
      port.close();
    },
  };
}
