import type { UIMessageChunk } from "ai";
import { Dice } from "../dice/dice.ts";

/** What an agent answers: a pure function of this, so that whoever checks the log knows it without having seen it. It travels as the run's prompt. */
export interface ReplySpec {
  readonly seed: number;
  /** About so many deltas. */
  readonly deltas: number;
  readonly everyMs: number;
  /** Behind so many chunks it waits until its agent is told to go on. Absent: for nothing. */
  readonly waitsAt?: number;
  /** One text, or reasoning, texts, tool calls, data, bytes, sources and files. */
  readonly kind: "text" | "parts";
  /** Where its agent dies or its stream breaks, it can be streamed again from its beginning. Otherwise the text goes on where it stopped. */
  readonly replays: boolean;
  /** The provider's stream breaks off behind so many chunks: one number for each time that it is asked. */
  readonly breaks: readonly number[];
  /** The provider fails for good behind so many chunks. */
  readonly failsAt: number | null;
  /** It says which inputs it has taken. */
  readonly hears: boolean;
  /** A provider writes it in OpenAI's wire format, and the AI SDK reads it: by which API. `null`: the agent itself makes it. */
  readonly model: "chat" | "responses" | "background" | null;
}

/** What splits between bytes, looks like the wire's own, or is no whole character. */
const WORDS = ["é", "语言", "👩‍🚀", "\u2028", "\ufeff", "data: x\n\nid: 7", "\r", "\u0000", "ﷺ", "🜁", "</script>", "\\u0041", '"}'];

/** Each word is another one, so that a text says where it was cut. */
function word(dice: Dice, index: number): string {
  const size = dice.next();
  const filler = size < 0.005 ? "x".repeat(dice.whole(1_000, 5_000)) : size < 0.03 ? "long-".repeat(dice.whole(5, 60)) : "";
  return `${index}${dice.chance(0.3) ? dice.of(WORDS) : ""}${filler}w${dice.whole(0, 999)} `;
}

/** What a model writes: plain words, because an agent puts two halves of such a text together by its words. */
export function wordsOf({ seed, deltas }: ReplySpec): readonly string[] {
  const dice = new Dice(seed);
  return Array.from({ length: deltas }, (_, index) => `${index}é語w${dice.whole(0, 999)} `);
}

/** The whole answer, from `start` to `finish`. */
export function chunksOf(spec: ReplySpec): readonly UIMessageChunk[] {
  const body = spec.kind === "text" ? textPart("t0", new Dice(spec.seed), spec.deltas) : parts(spec);
  return [{ type: "start" }, { type: "start-step" }, ...body, { type: "finish-step" }, { type: "finish" }];
}

function textPart(id: string, dice: Dice, deltas: number): UIMessageChunk[] {
  const said = Array.from({ length: deltas }, (_, index): UIMessageChunk => ({ type: "text-delta", id, delta: word(dice, index) }));
  return [{ type: "text-start", id }, ...said, { type: "text-end", id }];
}

function parts({ seed, deltas }: ReplySpec): UIMessageChunk[] {
  const dice = new Dice(seed);
  const chunks: UIMessageChunk[] = [];
  for (let n = 0; chunks.length < deltas; n++) chunks.push(...PARTS[dice.whole(0, PARTS.length - 1)]!(`p${n}`, dice));
  return chunks;
}

type Part = (id: string, dice: Dice) => UIMessageChunk[];

const PARTS: readonly Part[] = [
  (id, dice) => textPart(id, dice, dice.whole(2, 12)),
  (id, dice) => textPart(id, dice, dice.whole(2, 12)),
  (id, dice) => [
    { type: "reasoning-start", id },
    ...Array.from({ length: dice.whole(1, 8) }, (_, index): UIMessageChunk => ({ type: "reasoning-delta", id, delta: word(dice, index) })),
    { type: "reasoning-end", id },
  ],
  (id, dice) => {
    const input = JSON.stringify({ page: dice.whole(1, 99), of: word(dice, 0) });
    const call = { toolCallId: id, toolName: "lookup", dynamic: true } as const;
    return [
      { type: "tool-input-start", ...call },
      ...(input.match(/.{1,8}/gsu) ?? [])
        .slice(0, 40)
        .map((delta): UIMessageChunk => ({ type: "tool-input-delta", toolCallId: id, inputTextDelta: delta })),
      { type: "tool-input-available", ...call, input: JSON.parse(input) as unknown },
      { type: "tool-output-available", toolCallId: id, output: { found: word(dice, 1) }, dynamic: true },
    ];
  },
  (id, dice) => [{ type: "data-note", id, data: { text: word(dice, 0), list: [null, true, 1.5, -0.25] } }],
  (id, dice) => [{ type: "data-bytes", id, data: bytes(dice), transient: true }],
  (id, dice) => [{ type: "data-count", data: dice.whole(0, 1e9), transient: true, id }],
  (id) => [{ type: "source-url", sourceId: id, url: `https://example.com/${id}?a=1&b=%20`, title: "é" }],
  (id, dice) => [{ type: "file", mediaType: "text/plain", url: `data:text/plain;base64,${Buffer.from(bytes(dice)).toString("base64")}` }],
];

function bytes(dice: Dice): Uint8Array {
  return Uint8Array.from({ length: dice.chance(0.1) ? 0 : dice.whole(1, 600) }, () => dice.whole(0, 255));
}
