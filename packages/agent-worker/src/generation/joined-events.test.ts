import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runWindow } from "../pacing/run-window.ts";
import { EventCoalescer, joinEvents, joiningFetch } from "./joined-events.ts";

/** As OpenAI writes it, members and all. */
function chat(content: string, { id = "chatcmpl-1", finish = null as string | null, more = {}, padding = "" } = {}): string {
  const chunk = {
    id,
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "gpt-4o",
    service_tier: "default",
    system_fingerprint: "fp_1",
    choices: [{ index: 0, delta: { content, ...more }, logprobs: null, finish_reason: finish }],
    usage: null,
    ...(padding === "" ? {} : { obfuscation: padding }),
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function responses(delta: string, { item = "msg_1", sequence = 1, logprobs = [] as unknown[] } = {}): string {
  const type = "response.output_text.delta";
  const event = { type, sequence_number: sequence, item_id: item, output_index: 0, content_index: 0, delta, logprobs, obfuscation: "x1" };
  return `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
}

const DONE = "data: [DONE]\n\n";

interface Event {
  readonly choices?: readonly { readonly delta: { readonly content?: string } }[];
  readonly delta?: string;
}

/** Every event's JSON, with texts of neighbours that differ in nothing else put together. A blank line more between two says nothing. */
function meaning(text: string): unknown[] {
  const told: { like: string; words: string }[] = [];
  for (const block of text.split("\n\n").slice(0, -1)) {
    const data = block
      .replace(/^\n+/, "")
      .replace(/^event: .*\n/, "")
      .replace(/^data: /, "");
    if (data === "") continue;
    if (!data.startsWith("{")) {
      told.push({ like: data, words: "" });
      continue;
    }
    const event: Event = JSON.parse(data);
    const words = event.choices?.[0]?.delta.content ?? event.delta ?? "";
    const like = JSON.stringify(event, (key, value: unknown) =>
      ["content", "delta"].includes(key) && typeof value === "string" ? "" : ["sequence_number", "obfuscation"].includes(key) ? 0 : value,
    );
    const last = told.at(-1);
    if (last?.like === like) last.words += words;
    else told.push({ like, words });
  }
  return told;
}

const encoder = new TextEncoder();

/** Through the coalescer, cut into reads at these places, with what is ready taken after these of them. */
function coalesce(bytes: Uint8Array, cuts: readonly number[], takes: readonly boolean[]): Uint8Array {
  const coalescer = new EventCoalescer();
  const out: Uint8Array[] = [];
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  for (const [index, from] of places.entries()) {
    coalescer.add(bytes.slice(from, places[index + 1] ?? bytes.length));
    if (takes[index % takes.length] === true && coalescer.ready) out.push(...coalescer.take(false));
  }
  out.push(...coalescer.take(true));
  return new Uint8Array(out.flatMap((piece) => [...piece]));
}

const words = fc.string({ unit: "binary", maxLength: 6 });
const event = fc.oneof(
  { weight: 4, arbitrary: words.map((text) => chat(text)) },
  { weight: 2, arbitrary: fc.tuple(words, fc.stringMatching(/^[A-Za-z0-9]{0,8}$/)).map(([text, padding]) => chat(text, { padding })) },
  { weight: 3, arbitrary: fc.tuple(words, fc.nat()).map(([text, sequence]) => responses(text, { sequence })) },
  fc.tuple(words, fc.constantFrom("msg_1", "msg_2")).map(([text, item]) => responses(text, { item })),
  words.map((token) => responses(token, { logprobs: [{ token, logprob: -1, top_logprobs: [] }] })),
  words.map((text) => chat(text, { finish: "stop" })),
  words.map((refusal) => chat("", { more: { refusal } })),
  words.map((args) => chat("", { more: { tool_calls: [{ index: 0, function: { arguments: args } }] } })),
  words.map((comment) => `: ${comment.replace(/[\r\n]/g, "")}\n\n`),
  fc.json().map((json) => `data: ${json}\n\n`),
  fc.constantFrom(DONE, "\n", "\n\n", "retry: 10\n\n", "data: a\ndata: b\n\n", 'event: error\ndata: {"error":{"message":"no"}}\n\n'),
);

describe("joining a provider's events", () => {
  it("yields the same text as the events alone, however the bytes are split and whenever they are read", () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 25 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        (events, cuts, takes) => {
          const text = events.join("");
          const joined = new TextDecoder().decode(coalesce(encoder.encode(text), cuts, takes));
          expect(meaning(joined)).toEqual(meaning(text));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("passes on any other bytes unchanged", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => bytes.map((byte) => (byte % 5 === 0 ? 10 : byte % 31 === 0 ? 13 : byte))),
        fc.array(fc.nat(), { maxLength: 10 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        (bytes, cuts, takes) => {
          expect([...coalesce(bytes, cuts, takes)]).toEqual([...bytes]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("joins the deltas of one text into one event", () => {
    expect(joinEvents(chat("Hel") + chat('lo "you"\n') + chat("😀"))).toBe(chat('Hello "you"\n😀'));
    expect(joinEvents(chat("a", { padding: "abc" }) + chat("b", { padding: "d" }))).toBe(chat("ab", { padding: "d" }));
    expect(joinEvents(responses("a", { sequence: 1 }) + responses("b", { sequence: 2 }))).toBe(responses("ab", { sequence: 2 }));
  });

  it("joins the two halves of a character that were escaped separately", () => {
    const half = (escape: string): string => chat("X").replace('"X"', `"${escape}"`);
    expect(joinEvents(half("\\ud83d") + half("\\ude00"))).toBe(half("\\ud83d\\ude00"));
  });

  it.each([
    ["two answers", chat("a") + chat("b", { id: "chatcmpl-2" })],
    ["two items", responses("a") + responses("b", { item: "msg_2" })],
    ["an end", chat("a", { finish: "stop" }) + chat("b", { finish: "stop" })],
    ["probabilities", responses("a", { logprobs: [{ token: "a" }] }) + responses("a", { logprobs: [{ token: "a" }] })],
    ["reasoning beside the text", chat("a", { more: { reasoning_content: "b" } }) + chat("a", { more: { reasoning_content: "b" } })],
    ["an unknown member", chat("a").replace('"usage"', '"x":1,"usage"') + chat("b").replace('"usage"', '"x":1,"usage"')],
    [
      "a second choice",
      ['"choices":[{"index":1,"delta":{"content":"z"}},']
        .map((choice) => chat("a").replace('"choices":[', choice))
        .join("")
        .repeat(2),
    ],
    ["events around another event", chat("a") + DONE + chat("b")],
    ["lines that end with CR LF", (chat("a") + chat("b")).replaceAll("\n", "\r\n")],
  ])("does not join %s", (_what, text) => {
    expect(new TextDecoder().decode(coalesce(encoder.encode(text), [], [false]))).toBe(text);
  });

  it("holds back neither a complete event nor the bytes of an incomplete one", () => {
    const coalescer = new EventCoalescer();
    const [first, second] = [encoder.encode(chat("a")), encoder.encode(chat("b"))];
    coalescer.add(first);
    expect(coalescer.ready).toBe(true);
    expect(coalescer.take(false)).toEqual([first]);
    coalescer.add(second.subarray(0, 20));
    expect(coalescer.ready).toBe(false);
    coalescer.add(second.subarray(20));
    expect(coalescer.take(false)).toEqual([second]);
  });
});

describe("what waits for others", () => {
  const after = (text: string): Pick<EventCoalescer, "ready" | "onlyDeltas" | "someDeltas"> => {
    const coalescer = new EventCoalescer();
    coalescer.add(encoder.encode(text));
    return coalescer;
  };

  it.each([
    ["a word", chat("a"), { onlyDeltas: true, someDeltas: true }],
    ["the event that only names the role", chat("", { more: { role: "assistant" } }), { onlyDeltas: false, someDeltas: false }],
    ["a word and the end", chat("a") + DONE, { onlyDeltas: false, someDeltas: true }],
    ["a tool call", chat("", { more: { tool_calls: [{ index: 0 }] } }), { onlyDeltas: false, someDeltas: false }],
    ["what is not UTF-8", "data: \xff\n\n", { onlyDeltas: false, someDeltas: false }],
  ])("%s", (_what, text, expected) => {
    expect(after(text)).toMatchObject({ ready: true, ...expected });
  });
});

describe("the fetch that joins", () => {
  const answering =
    (body: BodyInit | null, type: string): typeof fetch =>
    () =>
      Promise.resolve(new Response(body, { status: 200, headers: { "Content-Type": type, "x-request-id": "7" } }));

  it("keeps a response's status and headers, and joins its event stream", async () => {
    const words = Array.from({ length: 200 }, (_, index) => `w${index} `);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const word of words) controller.enqueue(encoder.encode(chat(word)));
        controller.enqueue(encoder.encode(DONE));
        controller.close();
      },
    });
    const response = await joiningFetch(answering(body, "text/event-stream; charset=utf-8"))("https://example.com");
    expect(response.headers.get("x-request-id")).toBe("7");
    const text = await response.text();
    expect(meaning(text)).toEqual(meaning(words.map((word) => chat(word)).join("") + DONE));
    expect(text.split("\n\n").length).toBeLessThan(20);
  });

  it("collects words for the window of the run in which it is called, and the first word and the end not at all", async () => {
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (const word of ["a", "b", "c"]) {
          controller.enqueue(encoder.encode(chat(word)));
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        controller.enqueue(encoder.encode(DONE));
      },
    });
    const startedAt = performance.now();
    const response = await runWindow.run(60_000, () => joiningFetch(answering(body, "text/event-stream"))("https://example.com"));
    const reader = response.body!.getReader();
    const read = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
    expect(await read()).toBe(chat("a"));
    expect(await read()).toBe(chat("bc") + DONE);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  it("a provider that is faster than the window is not held up: what is full goes on at once", async () => {
    const words = Array.from({ length: 4_000 }, (_, index) => `w${index} `);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const word of words) controller.enqueue(encoder.encode(chat(word)));
        controller.close();
      },
    });
    const startedAt = performance.now();
    const response = await runWindow.run(60_000, () => joiningFetch(answering(body, "text/event-stream"))("https://example.com"));
    expect(meaning(await response.text())).toEqual(meaning(words.map((word) => chat(word)).join("")));
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  it("does not change any other response", async () => {
    const inner = answering('{"error":{}}', "application/json");
    const response = await joiningFetch(inner)("https://example.com");
    expect(await response.text()).toBe('{"error":{}}');
  });

  it("passes on everything before a connection broke, and then its error", async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(encoder.encode(chat("a")));
        controller.enqueue(encoder.encode(chat("b").slice(0, 30)));
      },
      pull(controller) {
        controller.error(new Error("reset"));
      },
    });
    const response = await joiningFetch(answering(body, "text/event-stream"))("https://example.com");
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(chat("a"));
    await expect(reader?.read().then(() => reader.read())).rejects.toThrow("reset");
  });
});
