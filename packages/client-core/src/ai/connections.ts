import { callEach } from "../errors/callback.ts";
import type { TransportError } from "../errors/transport-error.ts";
import type { Run, StateChange } from "../interface/client.ts";

/** What the connection of a chat's answer is doing. It is the same object until that changes. */
export interface ChatConnection {
  readonly chatId: string;
  /** `idle`: no answer is read. `waiting`: there is no connection, and another try comes. */
  readonly state: "idle" | "connecting" | "open" | "waiting";
  /** Which try comes, or is under way, since the connection was lost or could not be made; 0 where it is open, and for the very first. */
  readonly attempt: number;
  /** For `waiting`: milliseconds until the next try; absent where that comes when the page is looked at again. */
  readonly delayMs?: number;
  /** Why there is no connection. */
  readonly error?: TransportError;
  /** {@link Run.lastHeardAt} of the answer that is read. It is looked up each time: for a clock of the application's, and no reason to render. */
  readonly lastHeardAt: number | undefined;
}

export type ChatConnectionListener = (connection: ChatConnection) => void;

/** The connections of one transport's chats. */
export class ChatConnections {
  /** By chat, the answers that are read. What the last one does is what the chat does: it was asked for last. */
  readonly #chats = new Map<string, Map<object, ChatConnection>>();
  /** Kept, so that who asks twice is given the same. */
  readonly #idle = new Map<string, ChatConnection>();
  readonly #listeners = new Set<ChatConnectionListener>();
  /** By run, what ends that its connection is told of. */
  readonly #leaving = new WeakMap<object, () => void>();

  subscribe(listener: ChatConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(chatId: string): ChatConnection {
    const last = [...(this.#chats.get(chatId)?.values() ?? [])].at(-1) ?? this.#idle.get(chatId);
    if (last !== undefined) return last;
    const idle: ChatConnection = { chatId, state: "idle", attempt: 0, lastHeardAt: undefined };
    this.#idle.set(chatId, idle);
    return idle;
  }

  /** Tells nothing more of this run: it was stopped, and nobody waits for it. What is to tell the agent so may go on trying. */
  leave(run: object): void {
    this.#leaving.get(run)?.();
  }

  /** Tells what this run's connection does, until there is nothing more to read. */
  follow(chatId: string, run: Pick<Run, "connection" | "onStateChange" | "lastHeardAt">): void {
    if (run.connection === "failed") return;
    const runs = this.#chats.get(chatId) ?? new Map<object, ChatConnection>();
    this.#chats.set(chatId, runs);
    const put = (connection: Omit<ChatConnection, "chatId" | "lastHeardAt"> | undefined): void => {
      const before = this.get(chatId);
      if (!connection) runs.delete(run);
      else
        runs.set(run, {
          chatId,
          ...connection,
          get lastHeardAt() {
            return run.lastHeardAt;
          },
        });
      if (runs.size === 0) this.#chats.delete(chatId);
      const now = this.get(chatId);
      if (now !== before) callEach(this.#listeners, now);
    };
    let attempt = 0;
    put({ state: "connecting", attempt });
    const leave = (): void => {
      forget();
      if (runs.has(run)) put(undefined);
    };
    this.#leaving.set(run, leave);
    const forget = run.onStateChange(({ to, attempt: next = attempt, delayMs, error }: StateChange) => {
      if (to === "ended" || to === "failed") return leave();
      attempt = to === "open" ? 0 : next;
      put({ state: to, attempt, ...(delayMs !== undefined && { delayMs }), ...(error && { error }) });
    });
  }
}
