import type { Reading } from "./messages.ts";

/** One reader in the process of readers. */
export interface Reader {
  /** Resolves when its connection is open. */
  readonly opened: Promise<void>;
  /** Resolves when its run has ended. */
  readonly ended: Promise<void>;
  reading(): Reading;
  close(): void;
}

/** What a module exports as `openReader`. */
export type OpenReader<Options> = (options: Options) => Reader;
