/** Resolves after so long, or when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}

/** Asks until the answer fits. @returns the last answer, which does not fit where the time was over */
export async function until<Answer>(ask: () => Promise<Answer>, fits: (answer: Answer) => boolean, limitMs: number): Promise<Answer> {
  const over = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (fits(answer) || performance.now() > over) return answer;
    await pause(40);
  }
}
