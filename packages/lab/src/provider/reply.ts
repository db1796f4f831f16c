/** What the provider answers to one request. */
export interface Reply {
  /** In order; each is one delta on the wire. */
  readonly tokens: readonly string[];
  /** When each is due, in ms after the request was read; ascending, one for each token. A late one does not push the others. */
  readonly dueMs: readonly number[];
  /** The times count from when this resolves; from when the request was read if absent. */
  readonly begin?: Promise<void>;
  /** The last token, and the end, wait for this, if they are due before it resolves. */
  readonly end?: Promise<void>;
  /** After the tokens; the reply then ends with `tool_calls`. */
  readonly toolCall?: { readonly name: string; readonly arguments: unknown };
  readonly failure?:
    | { readonly status: number; readonly message: string }
    | { readonly breakAfterTokens: number }
    | { readonly silent: true };
}
