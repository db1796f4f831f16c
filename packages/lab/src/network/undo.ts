/** What there is to undo, the last first. Node has `AsyncDisposableStack` for it from 24 on. */
export class Undo {
  #steps: (() => void | Promise<void>)[] = [];

  /** @returns what was given, which is ended by the second */
  add<T>(held: T, end: (held: T) => void | Promise<void>): T {
    this.#steps.push(() => end(held));
    return held;
  }

  /** Once: what has been undone is not undone again. A step that fails keeps none of the others from it. */
  async run(): Promise<void> {
    const steps = this.#steps.toReversed();
    this.#steps = [];
    const errors: unknown[] = [];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "A network could not be ended as a whole.");
  }
}
