/** What the provider answers to one request. */
export interface Reply {
  /** In order; each is one delta on the wire: of a text, unless {@link parts} says more. */
  readonly tokens: readonly string[];
  /** When each is due, in ms after the request was read; ascending, one for each token. A late one does not push the others. */
  readonly dueMs: readonly number[];
  /** What the tokens are pieces of, in order and all together. {@link replyOf} writes it. Without it all are of one text. */
  readonly parts?: readonly ReplyPart[];
  /** The times count from when this resolves; from when the request was read if absent. In background mode the response is queued until then. */
  readonly begin?: Promise<void>;
  /** The last token, and the end, wait for this, if they are due before it resolves. */
  readonly end?: Promise<void>;
  /** After the tokens and at once; the reply then ends with `tool_calls`. */
  readonly toolCall?: { readonly name: string; readonly arguments: unknown };
  readonly failure?:
    | { readonly status: number; readonly message: string }
    /** In background mode only the connection breaks, and the answer is generated to its end. */
    | { readonly breakAfterTokens: number }
    | { readonly silent: true };
}

/** So many of a reply's tokens: of a text, of a summary of the reasoning, or of the arguments of one call of a function. */
export type ReplyPart =
  | { readonly type: "text" | "reasoning"; readonly tokens: number }
  | { readonly type: "call"; readonly name: string; readonly tokens: number };

/** A part with its own tokens; those of a call are its arguments' JSON in pieces. */
export type SaidPart =
  | { readonly type: "text" | "reasoning"; readonly tokens: readonly string[] }
  | { readonly type: "call"; readonly name: string; readonly tokens: readonly string[] };

/** A reply, or what makes it of the request's JSON: a test may look at what the model is asked, and answer by that. */
export type ReplySource = Reply | ((request: unknown) => Reply);

/** A reply of these parts, whose tokens are due at these intervals. */
export function replyOf(said: readonly SaidPart[], everyMs = 0): Reply {
  const tokens = said.flatMap((part) => part.tokens);
  return {
    tokens,
    dueMs: tokens.map((_, index) => index * everyMs),
    parts: said.map((part) => ({ ...part, tokens: part.tokens.length })),
  };
}

/** @throws RangeError where a reply contradicts itself */
export function checkReply(id: string, { tokens, dueMs, parts }: Reply): void {
  if (tokens.length !== dueMs.length) throw new RangeError(`Reply ${id} has ${tokens.length} tokens and ${dueMs.length} times.`);
  const inParts = parts?.reduce((sum, part) => sum + part.tokens, 0) ?? tokens.length;
  if (tokens.length !== inParts) throw new RangeError(`Reply ${id} has ${tokens.length} tokens and ${inParts} in its parts.`);
}

/** A part as it is sent. */
export type SendPart = ReplyPart & {
  /** All that a call without tokens is called with. */
  readonly whole?: string;
};

/** A reply's parts, its `toolCall` as the last. */
export function partsOf({ tokens, parts, toolCall }: Reply): readonly SendPart[] {
  const said = parts ?? [{ type: "text", tokens: tokens.length }];
  return toolCall === undefined
    ? said
    : [...said, { type: "call", name: toolCall.name, tokens: 0, whole: JSON.stringify(toolCall.arguments) }];
}
