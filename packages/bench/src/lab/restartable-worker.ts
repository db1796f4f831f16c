import { portOutsideEphemeral, type WorkerHost } from "@agent-transports/lab/worker-host";
import type { LocalLab } from "./lab.ts";

/** A Worker that can be killed, and comes back on the same port and storage. */
export interface Restartable {
  readonly url: URL;
  /** SIGKILL, and another on the same storage. @returns the moment of the kill, of `performance.now()`, once the other listens */
  readonly restart: () => Promise<number>;
  dispose(): Promise<void>;
}

/** @param storage a folder. Whoever asks for it removes it. */
export async function startRestartable(lab: Pick<LocalLab, "startWorker">, storage: string): Promise<Restartable> {
  const options = { persistTo: storage, port: await portOutsideEphemeral() };
  let host: WorkerHost | undefined = await lab.startWorker(options);
  const { url } = host;
  return {
    url,
    async restart() {
      if (host === undefined) throw new Error("The Worker did not come back from the last restart.");
      const killedAt = performance.now();
      host.kill();
      await host.dispose();
      host = undefined;
      host = await lab.startWorker(options);
      return killedAt;
    },
    async dispose() {
      await host?.dispose();
    },
  };
}
