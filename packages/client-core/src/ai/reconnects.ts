/** What an abort of a reconnect's signal says: the chat was stopped, or a newer reconnect takes this one's place. */
export type AbortMeaning = "stopped" | "superseded";

/**
 * Tells a stop from a reconnect that makes way for another. The AI SDK aborts one signal for both.
 *
 * A newer reconnect is asked for in the turn of the abort, right behind it. That holds for `resumeStream()`, which aborts the one before. It
 * holds for React's StrictMode and Fast Refresh too, which stop a chat and mount it again. So an abort that no reconnect of
 * its chat follows in its turn is a stop.
 *
 * The AI SDK does not say which Chat asks, and several may have one id. So each reconnect takes the place of one abort, the oldest: of
 * twenty Chats of one id that are mounted twice, each gives way to itself.
 */
export class Reconnects {
  readonly #aborted = new Set<{ readonly chatId: string; readonly decided: (meaning: AbortMeaning) => void }>();

  /**
   * A reconnect of this chat was asked for.
   *
   * @param decided called once its signal was aborted, when it is known what that says; never inside the abort itself
   * @returns what stops listening to the signal: there is nothing to stop any more. An abort that came before is decided all the same
   */
  begin(chatId: string, signal: AbortSignal | undefined, decided: (meaning: AbortMeaning) => void): () => void {
    for (const earlier of this.#aborted) {
      if (earlier.chatId !== chatId) continue;
      this.#aborted.delete(earlier);
      queueMicrotask(() => earlier.decided("superseded"));
      break;
    }
    const aborted = (): void => {
      const abort = { chatId, decided };
      this.#aborted.add(abort);
      queueMicrotask(() => {
        if (this.#aborted.delete(abort)) decided("stopped");
      });
    };
    signal?.addEventListener("abort", aborted, { once: true });
    return () => signal?.removeEventListener("abort", aborted);
  }
}
