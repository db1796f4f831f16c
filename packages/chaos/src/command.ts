import { access, constants, mkdir } from "node:fs/promises";
import { inspect } from "node:util";
import { HostError } from "@agent-transports/lab/worker-host";
import { ChaosUsageError } from "./errors.ts";
import { removeStorages } from "./run/host.ts";

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** At once: whoever interrupts it by a terminal interrupts its Workers, too. @param finish writes what was done until then */
export function endOnSignals(finish: (signal: string) => void): void {
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      finish(signal);
      removeStorages();
      process.exit(128 + number);
    });
  }
}

/** Before hours of work, not behind them. @throws ChaosUsageError */
export async function mustBeWritable(out: string): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
    await access(out, constants.W_OK);
  } catch (error) {
    throw new ChaosUsageError("invalid_value", `--out ${out}: nothing can be written there. ${String(error)}`, error);
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : inspect(error);
}

export function isForAPerson(error: unknown): error is ChaosUsageError | HostError {
  return error instanceof ChaosUsageError || error instanceof HostError;
}
