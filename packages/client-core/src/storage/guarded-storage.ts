import { callBack } from "../errors/callback.ts";
import { reasonOf } from "../errors/failures.ts";
import { TransportError } from "../errors/transport-error.ts";
import type { ItemStorage } from "../interface/client.ts";

/** A storage answers at once, or is slow by tens of milliseconds; one that hangs must not hold up what works without it. */
const ANSWER_LIMIT_MS = 5_000;

/** A storage whose failures are reported, and stop nothing: what works without it goes on. */
export class GuardedStorage {
  readonly #scope: string;
  readonly #report: (error: TransportError) => void;
  #storage: ItemStorage | undefined;

  /** @param storage default: `sessionStorage` where the page may use one, else memory */
  constructor(storage: ItemStorage | undefined, scope: string, report: (error: TransportError) => void) {
    this.#scope = scope;
    this.#storage = storage;
    this.#report = report;
  }

  /** @returns the JSON that is there; `undefined` also for what was not written here */
  async read(key: string): Promise<unknown> {
    const text = await this.#use((storage, key) => storage.getItem(key), key);
    try {
      if (typeof text === "string") return JSON.parse(text);
    } catch {
      // Somebody else wrote it: there is nothing in it to come back to.
    }
    return undefined;
  }

  /**
   * Begun before it returns, so that a storage that is not asynchronous has it then.
   *
   * @param value `null` removes what is there
   * @param wait for what the storage answers: no longer than it may take, unless it is given
   */
  async write(key: string, value: unknown, wait?: Wait): Promise<void> {
    await this.#use((storage, key) => (value === null ? storage.removeItem(key) : storage.setItem(key, JSON.stringify(value))), key, wait);
  }

  /** Tells the application. */
  fail(cause: unknown): void {
    const message = `storage: it failed: ${reasonOf(cause)}. Without it, a reload resumes no run.`;
    callBack(this.#report, new TransportError({ code: "storage_failed", message }, { cause }));
  }

  async #use(act: (storage: ItemStorage, key: string) => unknown, key: string, wait: Wait = inTime): Promise<unknown> {
    try {
      // Looked up late: a module of an application may be loaded on a server, which has no sessionStorage.
      this.#storage ??= globalThis.sessionStorage ?? memoryStorage();
      const answer = act(this.#storage, `agent-transports:${this.#scope}:${key}`);
      // One that is not asynchronous needs no timer for each event.
      return typeof answer === "object" ? await wait(answer) : answer;
    } catch (cause) {
      this.fail(cause);
      if (this.#storage) return undefined;
      // A page that may have none, as in a sandbox, may not even look.
      this.#storage = memoryStorage();
      return this.#use(act, key);
    }
  }
}

/** Waits for an answer. */
type Wait = (answer: unknown) => unknown;

/** @throws Error where the answer takes too long: it may still come, and is then nobody's */
export async function inTime<Answer>(answer: Answer | PromiseLike<Answer>, limitMs: number = ANSWER_LIMIT_MS): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${limitMs} ms.`)), limitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function memoryStorage(): ItemStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
}
