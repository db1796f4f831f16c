import { fork } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer, ModuleReaderOptions, Questions, ReadersOptions, Reading } from "./messages.ts";

/** Readers in another process. */
export interface Readers {
  readonly pid: number;
  /** @returns when all of them are open */
  open(options: ReadersOptions | ModuleReaderOptions): Promise<void>;
  /** @returns when the run of every one of them has ended */
  ended(): Promise<void>;
  /** What each has seen, in the order of their opening. */
  collect(): Promise<readonly Reading[]>;
  /** Closes all, whatever they are about. */
  forget(): Promise<void>;
  memory(): Promise<Questions["memory"]["answer"]>;
  /** In µs so far. */
  cpuMicros(): Promise<number>;
  /** The machine's clock, as that process reads it. */
  clock(): Promise<number>;
  close(): Promise<void>;
}

/** Forks the process, with nothing open yet. */
export async function startReaders(): Promise<Readers> {
  // Beside this file, in the sources and in what is built from them.
  const script = fileURLToPath(new URL(`reader-process${extname(import.meta.url)}`, import.meta.url));
  const child = fork(script, [], { execArgv: ["--expose-gc"], serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const exited = once(child, "exit");
  await once(child, "spawn");
  child.setMaxListeners(0); // Each question that waits for its answer has some.
  let asked = 0;
  function ask<Name extends keyof Questions>(name: Name, given: Questions[Name]["ask"]): Promise<Questions[Name]["answer"]> {
    const n = (asked += 1);
    return new Promise((resolve, reject) => {
      const done = (): void => {
        child.off("message", heard);
        child.off("disconnect", gone);
      };
      const heard = (answer: Answer<Name>): void => {
        if (answer.n !== n) return;
        done();
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.answer);
      };
      // Not at its exit, which can be told before its last message.
      const gone = (): void => {
        done();
        exited.then(([code]: unknown[]) => reject(new Error(`The readers' process ended with ${String(code)}.`)), reject);
      };
      child.on("message", heard);
      child.on("disconnect", gone);
      child.send({ n, name, ask: given }, (error) => {
        if (error === null) return;
        done();
        reject(error);
      });
    });
  }
  return {
    pid: child.pid ?? Number.NaN,
    async open(options) {
      await ask("open", options);
    },
    async ended() {
      await ask("ended", null);
    },
    collect: () => ask("collect", null),
    async forget() {
      await ask("forget", null);
    },
    memory: () => ask("memory", null),
    cpuMicros: () => ask("cpu", null),
    clock: () => ask("clock", null),
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
