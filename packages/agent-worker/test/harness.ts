import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { decodeBinaryFrame, parseEventId, type RunChunk, type RunInfo } from "@agent-transports/protocol";
import { inject } from "vitest";
import { WebSocket, type RawData } from "ws";
import type { Grant } from "../src/index.ts";
import { startWorker, writeOptions, type BuiltWorker as Built, type HostOptions, type WorkerHost } from "@agent-transports/worker-host";

export interface BuiltWorker extends Built {
  remove(): Promise<void>;
}

/** Builds the Worker of a folder as `wrangler deploy` would. */
export async function build(folder: string, into = tmpdir()): Promise<BuiltWorker> {
  const out = await mkdtemp(join(into, "worker-"));
  const wrangler = join(import.meta.dirname, "..", "node_modules", "wrangler", "bin", "wrangler.js");
  const config = join(folder, "wrangler.jsonc");
  await promisify(execFile)(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", out, "--config", config], {
    cwd: folder,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
  const built = { config, script: join(out, "worker.js") };
  await writeOptions(built);
  return { ...built, remove: () => rm(out, { recursive: true, force: true }) };
}

/** The agent of `guarded/`, whose tokens are their own grants ({@link bearer}). */
export function startGuarded(options: HostOptions = {}): Promise<WorkerHost> {
  return startOf("guarded", options);
}

/** An agent of the tests' own. */
export async function startOf(
  folder: "guarded" | "binary" | "idle" | "throwing" | "answering" | "full" | "sub",
  options: HostOptions = {},
): Promise<WorkerHost> {
  return start({ ...options, worker: await builtOnce(folder) });
}

const builds = new Map<string, Promise<BuiltWorker>>();

/** A build takes seconds, and is the same for every file of tests, whichever process runs it. */
function builtOnce(folder: string): Promise<BuiltWorker> {
  const built = builds.get(folder) ?? builtByOne(folder);
  builds.set(folder, built);
  return built;
}

/** The process that comes first builds, and the others wait for what came of it. */
async function builtByOne(folder: string): Promise<BuiltWorker> {
  const outcome = join(inject("temporary"), `${folder}.json`);
  if (await isFirst(`${outcome}.begun`)) {
    const text = await build(join(import.meta.dirname, folder), inject("temporary")).then(
      ({ config, script }) => JSON.stringify({ config, script }),
      (error: unknown) => JSON.stringify({ failure: String(error) }),
    );
    // Whole, or not there.
    await writeFile(`${outcome}.part`, text);
    await rename(`${outcome}.part`, outcome);
  }
  await appears(outcome);
  const built = JSON.parse(await readFile(outcome, "utf8")) as { config: string; script: string } | { failure: string };
  if ("failure" in built) throw new Error(`The Worker of test/${folder} was not built. ${built.failure}`);
  return { ...built, remove: () => Promise.resolve() };
}

async function isFirst(mark: string): Promise<boolean> {
  try {
    await writeFile(mark, "", { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function appears(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!existsSync(file)) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(dirname(file), look);
    watcher.on("error", reject);
    look();
  });
}

export const segment = "/agents/transport-agent";

const root = join(import.meta.dirname, "..");
const own: Built = { config: join(root, "wrangler.jsonc"), script: join(root, "dist", "worker", "worker.js") };

/** This package's built Worker or another, with the scripted model in a hurry unless told otherwise. */
export function start({ worker = own, ...options }: HostOptions & { readonly worker?: Built } = {}): Promise<WorkerHost> {
  return startWorker(worker, { ...options, vars: { SCRIPTED_TOKENS_PER_SECOND: "500", ...options.vars } });
}

export function post(url: URL | string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });
}

/** What shows a grant to the guarded agent (test/guarded). */
export function bearer(grant: Grant | string): Record<string, string> {
  return { Authorization: `Bearer ${typeof grant === "string" ? grant : Buffer.from(JSON.stringify(grant)).toString("base64url")}` };
}

export interface SseEvent {
  readonly id: string;
  readonly data: RunChunk;
}

/** Reads an event stream, as text, up to its end, or to the event with which it has `enough`. */
export async function readEvents(response: Response, enough: (events: readonly SseEvent[]) => boolean = () => false): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  const decoder = new TextDecoder();
  let text = "";
  const body = response.body;
  if (body === null) return events;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return events;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const id = /^id: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (id === undefined || data === undefined) continue;
      events.push({ id, data: JSON.parse(data) });
      // After each event, not each chunk: on a busy machine, a chunk holds the whole answer.
      if (enough(events)) {
        await reader.cancel();
        return events;
      }
    }
  }
}

/** The text of an answer. */
export function textOf(events: readonly SseEvent[]): string {
  return events.map(({ data }) => (data.type === "text-delta" ? data.delta : "")).join("");
}

/** Starts a run and reads it whole. */
export async function wholeRun(base: string, prompt = "Hello"): Promise<{ readonly id: string; readonly events: SseEvent[] }> {
  const response = await post(`${base}/runs`, { prompt });
  return { id: response.headers.get("Agent-Run") ?? "", events: await readEvents(response) };
}

/** What the agent is busy with now, PROTOCOL.md §3. */
export async function live(base: string): Promise<{ readonly runs: number; readonly readers: number; readonly sockets: number }> {
  const { live: counts } = (await (await fetch(base)).json()) as { live: { runs: number; readers: number; sockets: number } };
  return counts;
}

/** Sends bytes as they are, and gives what comes back until the connection ends, or is silent for so long (a busy machine answers late). */
export async function raw(url: URL, text: string, silenceMs = 20_000): Promise<string> {
  const socket = connectTcp(Number(url.port), url.hostname);
  socket.on("error", () => undefined); // A reset is an answer too, and leaves what came before it.
  socket.setTimeout(silenceMs, () => socket.destroy());
  let answer = "";
  socket.on("data", (data) => (answer += String(data)));
  socket.write(text);
  await once(socket, "close");
  return answer;
}

/** A WebSocket of which each byte is the test's, once its handshake was answered. It reads all, and understands nothing. */
export async function rawSocket(url: URL, sent: Readonly<Record<string, string>>): Promise<Socket> {
  const socket = connectTcp(Number(url.port), url.hostname);
  const headers = Object.entries({
    ...sent,
    Host: url.hostname,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\n${headers.join("")}\r\n`);
  await once(socket, "data");
  socket.on("error", () => undefined); // It is reset at last.
  return socket.resume();
}

/** Of credentials. A busy machine may stand still for seconds before the agent is asked. They hold for more, and are waited for side by side. */
export const LIFETIME_MS = 6_000;

/** @param time of the wall clock, in ms since 1970 */
export async function pastTime(time: number): Promise<void> {
  while (Date.now() <= time) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Asks until the answer is as it should be; the test's own time limit ends it. */
export async function eventually<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function info(base: string, id: string): Promise<RunInfo> {
  return (await fetch(`${base}/runs/${id}`)).json() as Promise<RunInfo>;
}

/** The `seq`s of events, which must be of one epoch. */
export function seqs(events: readonly { readonly id: string }[]): number[] {
  const ids = events.map(({ id }) => parseEventId(id));
  if (new Set(ids.map((id) => id?.epoch)).size > 1) throw new Error("Events of two epochs.");
  return ids.map((id) => id?.seq ?? Number.NaN);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

declare module "ws" {
  interface ClientOptions {
    /** In ms; newer than the types. */
    closeTimeout?: number;
  }
}

export type Frame = Record<string, unknown> & { readonly type: string };

/** A socket whose frames can be waited for. */
export class TestSocket {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  #waiting: (() => void)[] = [];
  closeCode: number | undefined;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.socket = new WebSocket(url.replace("http", "ws"), {
      headers,
      // The runtime holds a connection for seconds after the close frame (PROTOCOL.md §4.3); a test need not wait for the end of that.
      closeTimeout: 200,
    });
    this.socket.on("message", (data: RawData, isBinary) => {
      this.frames.push(isBinary ? binaryFrame(data as Buffer) : JSON.parse(Buffer.from(data as Buffer).toString()));
      this.#wake();
    });
    this.socket.on("close", (code) => {
      this.closeCode = code;
      this.#wake();
    });
  }

  async open(): Promise<this> {
    await once(this.socket, "open");
    return this;
  }

  /** The code with which it was closed, or will be. */
  async closed(): Promise<number> {
    while (this.closeCode === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.closeCode;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** The first frame that fits, come or to come. */
  async frame(fits: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** All events of a run so far, with their ids. */
  events(run: string): SseEvent[] {
    return this.frames
      .filter((frame) => frame.type === "events" && frame["run"] === run)
      .flatMap((frame) => {
        const first = parseEventId(String(frame["id"]));
        return (frame["events"] as RunChunk[]).map((data, index) => ({ id: `${first?.epoch}.${(first?.seq ?? 0) + index}`, data }));
      });
  }

  /** Acknowledges what it is asked to, PROTOCOL.md §4.4, until so many of a run's events have come, or its terminal event has. */
  async acknowledge(run: string, count = Infinity): Promise<void> {
    let answered = 0;
    while (this.events(run).length < count && !this.#hasEnded(run)) {
      const marked = this.frames.filter((frame) => frame.type === "events" && frame["ack"] === true);
      for (const frame of marked.slice(answered)) {
        const [epoch, seq] = String(frame["id"]).split(".");
        this.send({ type: "ack", run, id: `${epoch}.${Number(seq) + (frame["events"] as unknown[]).length - 1}` });
      }
      answered = marked.length;
      const seen = this.frames.length;
      if (this.events(run).length < count) await this.frame((frame) => this.frames.indexOf(frame) >= seen);
    }
  }

  /** Waits for a run's terminal event. */
  async ended(run: string): Promise<SseEvent[]> {
    while (!this.#hasEnded(run)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.events(run);
  }

  #hasEnded(run: string): boolean {
    return this.events(run).at(-1)?.data.type === "data-run-end";
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** PROTOCOL.md §4.6, as the text frame that it stands for; `binary` says that it is none. */
function binaryFrame(data: Buffer): Frame {
  const { header, payload } = decodeBinaryFrame(Uint8Array.from(data).buffer);
  const { event, ...frame } = JSON.parse(header) as Frame & { readonly event: object };
  return { ...frame, events: [{ ...event, data: payload }], binary: true };
}

/** A provider of OpenAI's chat completions that answers as it is told. */
export async function startProvider(answer: Parameters<typeof createServer>[1]): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(answer ?? (() => undefined));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/v1`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
