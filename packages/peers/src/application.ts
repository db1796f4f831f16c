/** The least application on a client that asks an Agent and follows the answer through a break, with the client's defaults. */
export interface Application {
  readonly label?: string;
  /** Whose Agent answers: this project's, or one of `worker/`. */
  readonly agent: "ours" | "peers";
  /** An agent of it answers one question after another, so that each conversation that runs at once is an agent of its own. */
  readonly takesTurns?: true;
  /** @param url of the Worker, or of a proxy before it */
  readonly connect: (url: URL, agent: string) => ApplicationClient;
}

export interface ApplicationClient {
  ask(prompt: string, listener: AnswerListener): Answer;
  close(): void;
}

/** What an application is told of an answer. */
export interface AnswerListener {
  onText(delta: string): void;
  /** The client shows the answer anew, from its first word: what was shown of it before is gone. */
  onRestart(): void;
  onState(to: "connecting" | "open"): void;
}

export interface Answer {
  /** Resolves when there is a connection for it. */
  readonly opened: Promise<void>;
  /** Resolves when the client says that the answer is over. @throws Error where the client gave up */
  readonly ended: Promise<void>;
}

/** One user's message. Its id is the same each time: an agent then takes it in the place of its conversation, which would otherwise grow from run to run. */
export function onlyMessage(prompt: string): {
  readonly id: string;
  readonly role: "user";
  readonly parts: { readonly type: "text"; readonly text: string }[];
} {
  return { id: "m", role: "user", parts: [{ type: "text", text: prompt }] };
}
