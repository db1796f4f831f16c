import { goingOn, replyMarker, startProvider, type ReplySource, type ScriptedProvider } from "@agent-transports/lab/provider";
import { wordsOf, type ReplySpec } from "../plan/reply.ts";

/** An answer. */
interface Answer {
  /** No other answer has it. */
  readonly name: string;
  readonly reply: ReplySpec;
}

/** The provider of all answers that a model writes. It outlives every Worker. */
export class ModelProvider {
  readonly #provider: ScriptedProvider;

  private constructor(provider: ScriptedProvider) {
    this.#provider = provider;
  }

  static async start(): Promise<ModelProvider> {
    return new ModelProvider(await startProvider());
  }

  /** For the Worker. */
  get vars(): Readonly<Record<string, string>> {
    return { PROVIDER_URL: this.#provider.baseUrl };
  }

  /** @returns the prompt of a run, for which its answer is there from now on */
  promptOf({ name, reply }: Answer): string {
    const spec = JSON.stringify(reply);
    if (reply.model === null) return spec;
    const whole = goingOn(wordsOf(reply), reply.everyMs);
    let asked = 0;
    const breaking: ReplySource = (request) => {
      const answer = typeof whole === "function" ? whole(request) : whole;
      const breakAfterTokens = reply.breaks[asked];
      asked += 1;
      return breakAfterTokens === undefined ? answer : { ...answer, failure: { breakAfterTokens } };
    };
    this.#provider.addReply(name, breaking);
    return `${spec} ${replyMarker(name)}`;
  }

  /** Keeps nothing of an answer. */
  forget(name: string): void {
    for (const { responseId } of this.#provider.allSent(name)) if (responseId !== undefined) this.#provider.forgetResponse(responseId);
    this.#provider.removeReply(name);
  }

  close(): Promise<void> {
    return this.#provider.close();
  }
}
