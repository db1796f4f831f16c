import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { joiningFetch } from "./joined-events.ts";
import { backgroundResponses } from "./background.ts";

const URL_OF_ALL = "https://api.example.com/v1/responses";
const encoder = new TextEncoder();

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string | undefined;
  readonly signal: AbortSignal | null | undefined;
}

let sent: Sent[];
/** The stream of the provider's answer. */
let stream: ReadableStreamDefaultController<Uint8Array>;
beforeEach(() => {
  sent = [];
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => void vi.restoreAllMocks());

const says = (answer: () => Response | Promise<Response>): typeof fetch =>
  backgroundResponses((input, init) => {
    if (typeof input !== "string") throw new TypeError("The tests' requests have their URL as text.");
    const body = typeof init?.body === "string" ? init.body : undefined;
    sent.push({ method: init?.method ?? "GET", url: input, headers: new Headers(init?.headers), body, signal: init?.signal });
    return Promise.resolve().then(() => (input.endsWith("/cancel") ? cancelled() : answer()));
  });
let cancelled: () => Response | Promise<Response>;
beforeEach(() => (cancelled = () => Response.json({ status: "cancelled" })));

const eventStream = (): Response =>
  new Response(new ReadableStream<Uint8Array>({ start: (controller) => void (stream = controller) }), {
    headers: { "Content-Type": "text/event-stream; charset=utf-8", "x-request-id": "7" },
  });
const streaming = (): typeof fetch => says(eventStream);

function ask(fetched: typeof fetch, body: object, more: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {}) {
  const headers = { Authorization: "Bearer k", "Content-Type": "application/json", "Content-Length": "2", ...more.headers };
  return fetched(URL_OF_ALL, { method: "POST", body: JSON.stringify(body), ...more, headers });
}

const created = (id: string, more = ""): string =>
  `event: response.created\ndata: {"type":"response.created","response":{${more}"id":"${id}","object":"response"}}\n\n`;

const reasonOf = (name: string): DOMException => new DOMException("Why.", name);

/** Gives the stream these pieces and reads each. */
async function passes(response: Response, ...pieces: readonly string[]): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const reader = response.body!.getReader();
  for (const piece of pieces) {
    const bytes = encoder.encode(piece);
    stream.enqueue(bytes);
    expect((await reader.read()).value).toEqual(bytes);
  }
  return reader;
}

const cancels = (): Sent[] => sent.filter(({ url }) => url.endsWith("/cancel"));

describe("a request that streams", () => {
  it("is sent in background mode and stored, and its answer can be taken up again", async () => {
    const signal = new AbortController().signal;
    const response = await ask(streaming(), { model: "m", stream: true, input: "hi" }, { signal });
    expect(JSON.parse(sent[0]?.body ?? "")).toEqual({ model: "m", stream: true, input: "hi", background: true, store: true });
    expect(sent[0]).toMatchObject({ method: "POST", url: URL_OF_ALL, signal });
    expect(sent[0]?.headers.get("Authorization")).toBe("Bearer k");
    expect(sent[0]?.headers.get("Content-Length")).toBeNull();
    expect(response.headers.get("agent-resumable")).toBe("1");
    expect(response.headers.get("x-request-id")).toBe("7");
  });

  it("is sent so as a Request, too", async () => {
    const bodies: unknown[] = [];
    const fetched = backgroundResponses(async (input, init) => {
      const request = new Request(input, init);
      bodies.push(await request.json());
      return eventStream();
    });
    const response = await fetched(new Request(URL_OF_ALL, { method: "POST", body: '{"stream":true}' }));
    expect(bodies).toEqual([{ stream: true, background: true, store: true }]);
    expect(response.headers.get("agent-resumable")).toBe("1");
  });

  it.each([
    ["a refusal", () => Response.json({ error: {} }, { status: 429 })],
    ["an event stream of an error", () => new Response("data: {}\n\n", { status: 500, headers: { "Content-Type": "text/event-stream" } })],
    ["an answer that is no stream", () => Response.json({})],
  ])("gets %s as it is", async (_what, answer) => {
    const given = answer();
    expect(
      await ask(
        says(() => given),
        { stream: true },
      ),
    ).toBe(given);
  });
});

describe("a request is passed on as it is", () => {
  it.each([
    ["without a stream", { stream: false }],
    ["where nothing is to be stored", { stream: true, store: false }],
  ])("%s", async (_what, body) => {
    const response = await ask(streaming(), body);
    expect(sent).toMatchObject([{ body: JSON.stringify(body) }]);
    expect(response.headers.get("agent-resumable")).toBeNull();
  });

  it.each([
    ["to another path", "https://api.example.com/v1/chat/completions", { method: "POST", body: '{"stream":true}' }],
    ["with another method", URL_OF_ALL, { method: "GET" }],
    ["with a body that is no JSON", URL_OF_ALL, { method: "POST", body: "{" }],
    ["with a body that is no object", URL_OF_ALL, { method: "POST", body: "[1]" }],
    ["with no body", URL_OF_ALL, { method: "POST" }],
  ])("%s", async (_what, url, init) => {
    const inner = vi.fn<typeof fetch>(() => Promise.resolve(eventStream()));
    await backgroundResponses(inner)(url, init);
    expect(inner.mock.calls).toEqual([[url, init]]);
  });
});

it("says once to a developer that what is not to be stored cannot be taken up again", async () => {
  vi.resetModules();
  vi.stubEnv("NODE_ENV", "development");
  try {
    const { askedInDevelopment } = await import("../observability/development.ts");
    const fresh = await import("./background.ts");
    askedInDevelopment(new Request("http://localhost/"));
    const inner = (): Promise<Response> => Promise.resolve(eventStream());
    for (const fetched of [fresh.backgroundResponses(inner), fresh.backgroundResponses(inner)]) {
      await ask(fetched, { stream: true });
      expect(console.error).not.toHaveBeenCalled();
    }
    for (const fetched of [fresh.backgroundResponses(inner), fresh.backgroundResponses(inner)])
      await ask(fetched, { stream: true, store: false });
    expect(console.error).toHaveBeenCalledOnce();
    expect(vi.mocked(console.error).mock.calls[0]?.[0]).toMatch(/store: false.*OPENAI_BACKGROUND/);
  } finally {
    vi.unstubAllEnvs();
    vi.resetModules();
  }
});

describe("a request that takes a response up again", () => {
  const resume = (fetched: typeof fetch, signal?: AbortSignal): Promise<Response> =>
    ask(fetched, { stream: true, input: "hi" }, { headers: { "agent-resume-response": "resp_1" }, ...(signal && { signal }) });

  it("gets the response's stream with the same credentials, and sends no body", async () => {
    const response = await resume(streaming());
    expect(sent).toMatchObject([{ method: "GET", url: `${URL_OF_ALL}/resp_1?stream=true`, body: undefined }]);
    expect(Object.fromEntries(sent[0]!.headers)).toEqual({ authorization: "Bearer k" });
    expect(response.headers.get("agent-resumable")).toBe("1");
  });

  it("keeps what the URL asks for, and encodes the id", async () => {
    const init = { method: "POST", body: '{"stream":true}', headers: { "agent-resume-response": "a/b?x" } };
    await streaming()(`${URL_OF_ALL}?api-version=2`, init);
    expect(sent[0]?.url).toBe(`${URL_OF_ALL}/a%2Fb%3Fx?api-version=2&stream=true`);
  });

  it.each([404, 400])("gets the provider's refusal (%d) as it is", async (status) => {
    const given = Response.json({ error: {} }, { status });
    expect(await resume(says(() => given))).toBe(given);
  });

  it("is cancelled at the provider by the id that it asked with", async () => {
    const abort = new AbortController();
    await resume(streaming(), abort.signal);
    abort.abort();
    await vi.waitFor(() => expect(cancels()).toHaveLength(1), { timeout: 20_000 });
    expect(cancels()[0]?.url).toBe(`${URL_OF_ALL}/resp_1/cancel`);
  });

  it("is cancelled once where the signal is that of the request that made it", async () => {
    const abort = new AbortController();
    const fetched = streaming();
    await passes(await ask(fetched, { stream: true }, { signal: abort.signal }), created("resp_1"));
    stream.error(new Error("reset"));
    await resume(fetched, abort.signal);
    abort.abort();
    await vi.waitFor(() => expect(cancels()).toHaveLength(1), { timeout: 20_000 });
    expect(sent).toHaveLength(3);
  });
});

describe("an answer that is aborted", () => {
  const asked = async (): Promise<{ readonly abort: AbortController; readonly response: Response }> => {
    const abort = new AbortController();
    return { abort, response: await ask(streaming(), { stream: true }, { signal: abort.signal }) };
  };

  it.each([
    ["in one piece", [created("resp_1")]],
    ["byte by byte", created("resp_1").split("")],
    ["behind a comment", [": hello\n\n", created("resp_1")]],
    ["with lines that end with CR LF", [created("resp_1").replaceAll("\n", "\r\n")]],
    ["with the id behind a line separator in a text", [created("resp_1", '"instructions":"a\u2028\\"id\\":b",')]],
  ])("is cancelled at the provider, whose first event came %s", async (_how, pieces) => {
    const { abort, response } = await asked();
    await passes(response, ...pieces);
    abort.abort(reasonOf("AbortError"));
    await vi.waitFor(() => expect(cancels()).toHaveLength(1), { timeout: 20_000 });
    expect(cancels()[0]).toMatchObject({ method: "POST", url: `${URL_OF_ALL}/resp_1/cancel`, body: undefined });
    expect(Object.fromEntries(cancels()[0]!.headers)).toEqual({ authorization: "Bearer k" });
    expect(cancels()[0]?.signal).toBeUndefined();
  });

  it("is cancelled as well where its connection broke before", async () => {
    const { abort, response } = await asked();
    const reader = await passes(response, created("resp_1"));
    stream.error(new Error("reset"));
    await expect(reader.read()).rejects.toThrow("reset");
    abort.abort();
    await vi.waitFor(() => expect(cancels()).toHaveLength(1), { timeout: 20_000 });
  });

  it.each([
    [
      "for a timeout",
      async (abort: AbortController, response: Response) => {
        await passes(response, created("resp_1"));
        abort.abort(reasonOf("TimeoutError"));
      },
    ],
    [
      "before its id is known",
      async (abort: AbortController, response: Response) => {
        await passes(response, created("resp_1").slice(0, -30));
        abort.abort();
      },
    ],
    [
      "when it has ended",
      async (abort: AbortController, response: Response) => {
        const reader = await passes(response, created("resp_1"));
        stream.close();
        expect((await reader.read()).done).toBe(true);
        abort.abort();
      },
    ],
    [
      "and whose first event is no response",
      async (abort: AbortController, response: Response) => {
        await passes(response, 'data: {"type":"error"}\n\n', created("resp_1"));
        abort.abort();
      },
    ],
    [
      "and whose first event is larger than a megabyte",
      async (abort: AbortController, response: Response) => {
        await passes(response, created("resp_1", `"instructions":"${"x".repeat(1_100_000)}",`).slice(0, -2), "\n\n");
        abort.abort();
      },
    ],
  ])("is not cancelled at the provider %s", async (_when, act) => {
    const { abort, response } = await asked();
    await act(abort, response);
    await new Promise((resolve) => setTimeout(resolve));
    expect(cancels()).toEqual([]);
  });

  it("leaves a provider that does not cancel to the operator", async () => {
    cancelled = () => new Response(null, { status: 503 });
    const { abort, response } = await asked();
    await passes(response, created("resp_1"));
    abort.abort();
    await vi.waitFor(() => expect(console.warn).toHaveBeenCalledOnce(), { timeout: 20_000 });
    expect(vi.mocked(console.warn).mock.calls[0]?.[0]).toMatch(/did not cancel an answer: it answered 503/);
  });

  it("leaves a provider that cannot be reached to the operator", async () => {
    cancelled = () => Promise.reject(new TypeError("No route."));
    const { abort, response } = await asked();
    await passes(response, created("resp_1"));
    abort.abort();
    await vi.waitFor(() => expect(console.error).toHaveBeenCalledOnce(), { timeout: 20_000 });
    expect(vi.mocked(console.error).mock.calls[0]?.[0]).toMatchObject({ type: "run:fault", payload: { error: "TypeError" } });
  });
});

it("passes on everything before a connection broke, then its error, and a reader's leaving", async () => {
  const reader = await passes(await ask(streaming(), { stream: true }), created("resp_1"), "data: half");
  stream.error(new Error("reset"));
  await expect(reader.read()).rejects.toThrow("reset");

  const left: unknown[] = [];
  const body = new ReadableStream<Uint8Array>({ cancel: (reason) => void left.push(reason) });
  const response = await ask(
    says(() => new Response(body, { headers: { "Content-Type": "text/event-stream" } })),
    { stream: true },
  );
  await response.body?.cancel("enough");
  expect(left).toEqual(["enough"]);
});

it("has its text deltas joined by joiningFetch, whatever their numbers are", async () => {
  const delta = (text: string, number: number): string => {
    const type = "response.output_text.delta";
    const event = { type, sequence_number: number, output_index: 0, item_id: "msg_1", content_index: 0, delta: text, logprobs: [] };
    return `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
  };
  const words = Array.from({ length: 200 }, (_, index) => `w${index} `);
  const response = await ask(joiningFetch(streaming()), { stream: true });
  expect(response.headers.get("agent-resumable")).toBe("1");
  stream.enqueue(encoder.encode(created("resp_1")));
  for (const [index, word] of words.entries()) stream.enqueue(encoder.encode(delta(word, index + 5)));
  stream.close();
  const deltas = (await response.text()).split("\n\n").filter((block) => block.includes("output_text.delta"));
  expect(deltas.length).toBeLessThan(20);
  expect(deltas.map((block): string => JSON.parse(block.replace(/^.*\ndata: /, "")).delta).join("")).toBe(words.join(""));
});
