import { request, type IncomingMessage } from "node:http";
import { createParser } from "eventsource-parser";
import { WebSocket } from "ws";
import type { Tap } from "./tap.ts";

/** A way to stream large events from an Agent to a reader that stops: as it leaves its socket unread, TCP itself holds the sender up. */
export interface StallArm {
  readonly id: string;
  readonly label: string;
  /** Asks for events and reads them to their end. @returns what {@link replay} needs */
  readonly follow: Follow;
  /** Reads what a finished run left, from its first event. */
  readonly replay?: (base: URL, agent: string, handle: string, tap: Tap) => Promise<void>;
  /** Another way to ask, for the warm-up, where {@link follow} does not read. */
  readonly warm?: Follow;
  /** In MB, where more would take too long. */
  readonly atMost?: number;
}

type Follow = (base: URL, agent: string, prompt: string, tap: Tap) => Promise<string>;

/** A reader that hangs has failed: nothing waits forever. */
const LIMIT_MS = 300_000;

type Chunk = Parameters<Tap["see"]>[0];

function pathOf(base: URL, segment: string, agent: string, rest = ""): URL {
  return new URL(`/agents/${segment}/${agent}${rest}`, base);
}

/** A socket of its own for each request, and its body as it comes. */
function open(url: URL, body?: unknown, accept = "text/event-stream"): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { "Accept-Encoding": "identity", "Content-Type": "application/json", Accept: accept };
    const method = body === undefined ? "GET" : "POST";
    const asking = request(url, { method, headers, agent: false, signal: AbortSignal.timeout(LIMIT_MS) }, (response) => {
      if (response.statusCode === 200 || response.statusCode === 201) resolve(response);
      else reject(new Error(`The agent answered ${response.statusCode}.`));
    });
    asking.on("error", reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function readEvents(response: IncomingMessage, tap: Tap): Promise<void> {
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ id, data }) {
      if (id !== undefined && id.includes(".")) tap.identify(id);
      if (data === "[DONE]") return;
      const chunk: Chunk = JSON.parse(data);
      tap.see(chunk);
    },
  });
  for await (const bytes of response) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    // Nothing is asked of the response meanwhile: its buffer fills, then the kernel's.
    if (tap.shut) await tap.opened;
  }
}

/** Sends one frame and reads until `read` says that it was the last; what `read` gives back as text is sent. */
function overSocket(
  url: URL,
  frame: unknown,
  tap: Tap,
  read: (data: string) => "go on" | "over" | { readonly answer: unknown },
): Promise<void> {
  return new Promise((resolve, reject) => {
    // No compression: what these events are made of would shrink to nothing, and fit into the kernel's buffers.
    const socket = new WebSocket(url.href.replace("http", "ws"), { perMessageDeflate: false });
    const limit = setTimeout(() => socket.terminate(), LIMIT_MS);
    let over = false;
    const fail = (error: unknown): void => {
      reject(error);
      socket.terminate();
    };
    socket.on("open", () => socket.send(JSON.stringify(frame)));
    socket.on("message", (data: Buffer) => {
      try {
        const next = read(data.toString());
        if (next === "over") {
          over = true;
          resolve();
          socket.close();
        } else if (next !== "go on") socket.send(JSON.stringify(next.answer));
      } catch (error) {
        fail(error);
      }
      if (!tap.shut || socket.isPaused) return;
      socket.pause();
      tap.opened.then(() => socket.resume(), fail);
    });
    socket.on("error", reject);
    socket.on("close", (code) => {
      clearTimeout(limit);
      if (!over) reject(new Error(`The socket closed with ${code} before the end.`));
    });
  });
}

interface OurFrame {
  readonly type: string;
  readonly run?: { readonly id: string } | string;
  readonly id?: string;
  readonly events?: readonly Chunk[];
  readonly ack?: boolean;
  readonly error?: { readonly message: string };
}

const OURS = "our-agent";

/** Starts or resumes a run on a socket. @returns its id */
async function ourSocket(base: URL, agent: string, frame: unknown, tap: Tap): Promise<string> {
  let run = "";
  await overSocket(pathOf(base, OURS, agent, "?v=1"), frame, tap, (data) => {
    const frame: OurFrame = JSON.parse(data);
    if (frame.type === "error") throw new Error(frame.error?.message);
    if (frame.type === "started" && typeof frame.run === "object") run = frame.run.id;
    if (frame.type !== "events") return "go on";
    const [epoch, first] = (frame.id ?? "").split(".");
    const events = frame.events ?? [];
    for (const [index, chunk] of events.entries()) {
      tap.identify(`${epoch}.${Number(first) + index}`);
      tap.see(chunk);
    }
    if (events.at(-1)?.type === "data-run-end") return "over";
    return frame.ack === true ? { answer: { type: "ack", run: frame.run, id: `${epoch}.${tap.lastSeq}` } } : "go on";
  });
  assertWhole(tap);
  return run;
}

function ourStart(prompt: string, acks: boolean): unknown {
  return { type: "start", key: crypto.randomUUID(), input: { prompt }, ...(acks ? { acks } : {}) };
}

/** Start, finish and the run's end: beside what was asked for. */
const FRAME_EVENTS = 3;

/** @throws Error where an event came without its id, or the stream ended before the run */
function assertWhole(tap: Tap): void {
  if (tap.lastSeq !== tap.seen + FRAME_EVENTS)
    throw new Error(`The last id was ${tap.lastSeq}, after ${tap.seen} events and ${FRAME_EVENTS}.`);
}

async function followOverSse(base: URL, agent: string, prompt: string, tap: Tap): Promise<string> {
  const response = await open(pathOf(base, OURS, agent, "/runs"), { prompt });
  await readEvents(response, tap);
  assertWhole(tap);
  return String(response.headers["agent-run"]);
}

async function replayOverSse(base: URL, agent: string, run: string, tap: Tap): Promise<void> {
  await readEvents(await open(pathOf(base, OURS, agent, `/runs/${run}/events`)), tap);
  assertWhole(tap);
}

export const stallArms: readonly StallArm[] = [
  {
    id: "relay",
    label: "hand-written relay, no log",
    async follow(base, agent, prompt, tap) {
      await readEvents(await open(pathOf(base, "relay-agent", agent), { prompt }), tap);
      return "";
    },
  },
  {
    id: "streams",
    label: "agents/streams with sseResponse",
    // Its appends grow with the log: 20 MB took 10 s here, and 100 MB 207 s.
    atMost: 20,
    async follow(base, agent, prompt, tap) {
      const stream = crypto.randomUUID();
      await readEvents(await open(pathOf(base, "streams-agent", agent, `?stream=${stream}`), { prompt }), tap);
      return stream;
    },
    async replay(base, agent, stream, tap) {
      await readEvents(await open(pathOf(base, "streams-agent", agent, `?stream=${stream}`)), tap);
    },
  },
  {
    id: "ai-chat",
    label: "AIChatAgent",
    async follow(base, agent, prompt, tap) {
      const message = { id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text: prompt }] };
      const id = crypto.randomUUID();
      const frame = { type: "cf_agent_use_chat_request", id, init: { method: "POST", body: JSON.stringify({ messages: [message] }) } };
      await overSocket(pathOf(base, "chat-agent", agent), frame, tap, (data) => {
        const answer: { type: string; id?: string; body?: string; done?: boolean; error?: boolean } = JSON.parse(data);
        if (answer.type !== "cf_agent_use_chat_response" || answer.id !== id) return "go on";
        if (answer.error === true) throw new Error(`AIChatAgent failed: ${answer.body}`);
        if (answer.done === true) return "over";
        const chunk: Chunk = JSON.parse(answer.body ?? "{}");
        tap.see(chunk);
        return "go on";
      });
      return "";
    },
  },
  {
    id: "ours-unread",
    label: "ours, no reader (the control)",
    async follow(base, agent, prompt, tap) {
      const response = await open(pathOf(base, OURS, agent, "/runs"), { prompt }, "application/json");
      response.resume();
      const run = String(response.headers["agent-run"]);
      tap.shutNow();
      await tap.opened;
      await replayOverSse(base, agent, run, tap);
      return run;
    },
    warm: followOverSse,
  },
  { id: "ours-sse", label: "ours over SSE", follow: followOverSse, replay: replayOverSse },
  {
    id: "ours-ws",
    label: "ours over WebSocket, with acks",
    follow: (base, agent, prompt, tap) => ourSocket(base, agent, ourStart(prompt, true), tap),
    async replay(base, agent, run, tap) {
      await ourSocket(base, agent, { type: "resume", run, acks: true }, tap);
    },
  },
  {
    id: "ours-ws-unpaced",
    label: "ours over WebSocket, without acks",
    follow: (base, agent, prompt, tap) => ourSocket(base, agent, ourStart(prompt, false), tap),
  },
];
