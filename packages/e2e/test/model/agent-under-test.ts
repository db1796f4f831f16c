import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run, RunEvent, TransportClient } from "@agent-transports/client-core";
import { portOutsideEphemeral, startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { isErrorBody, parseEventId, type ErrorBody, type RunChunk, type RunInfo } from "@agent-transports/protocol";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { demand, type AgentModel, type RunModel } from "./agent-model.ts";

export type Over = "sse" | "ws";

/** So many ended runs keep their events. */
export const KEPT = 8;
const TOKEN = "a-token-of-the-model";
/** What takes longer hangs. A run that died with its agent goes on within 5 s (PROTOCOL.md §1.2). */
const LIMIT_MS = 30_000;

/** The real Worker, which is killed and comes back on the same port and storage. */
export class KillableWorker {
  readonly url: URL;
  readonly #storage: string;
  readonly #vars: Readonly<Record<string, string>>;
  #host: WorkerHost | undefined;
  /** What the answer to each body begins with: the scripted model says the same each time. */
  readonly texts = new Map<number, string>();

  static async start(durability: string): Promise<KillableWorker> {
    const vars = {
      SCRIPTED_TOKENS_PER_SECOND: "200",
      DURABILITY: durability,
      RETENTION_RUNS: String(KEPT),
      AGENT_TOKENS: `model=${TOKEN}`,
      TICKET_SECRET: "a secret of the model's, and of nobody else's",
    };
    const storage = await mkdtemp(join(tmpdir(), "model-"));
    const port = await portOutsideEphemeral();
    return new KillableWorker(await startWorker({ vars, port, persistTo: storage }), storage, vars);
  }

  private constructor(host: WorkerHost, storage: string, vars: Readonly<Record<string, string>>) {
    this.url = host.url;
    this.#host = host;
    this.#storage = storage;
    this.#vars = vars;
  }

  async kill(): Promise<void> {
    this.#host?.kill();
    await this.#host?.dispose();
    this.#host = undefined;
  }

  async revive(): Promise<void> {
    this.#host = await startWorker({ vars: this.#vars, persistTo: this.#storage, port: Number(this.url.port) });
  }

  async close(): Promise<void> {
    await this.#host?.dispose();
    await rm(this.#storage, { recursive: true, force: true });
  }
}

/** An application's view of one run. */
export interface View {
  readonly model: RunModel;
  readonly run: Run;
  readonly events: AsyncIterator<RunEvent, undefined>;
  /** `seq` of the event that comes next. */
  next: number;
  ended: boolean;
}

/** What an answer was: its status, and its JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** One agent of the Worker, its clients over both transports, and their views. */
export class AgentUnderTest {
  readonly worker: KillableWorker;
  readonly base: string;
  readonly views: View[] = [];
  readonly #name = `model-${randomUUID()}`;
  readonly #clients: Readonly<Record<Over, TransportClient>>;

  constructor(worker: KillableWorker) {
    this.worker = worker;
    this.base = new URL(`/agents/transport-agent/${this.#name}`, worker.url).href;
    this.#clients = { sse: this.#sseClient(TOKEN), ws: this.#wsClient(TOKEN) };
  }

  client(over: Over): TransportClient {
    return this.#clients[over];
  }

  /** One whose credentials do not hold. */
  stranger(over: Over): TransportClient {
    return over === "sse" ? this.#sseClient("a-token-of-nobody") : createWsClient({ ...this.#options(), query: { ticket: "forged" } });
  }

  /** Follows a run from behind this event on. The oldest view makes room. */
  view(model: RunModel, run: Run, after: number): View {
    if (this.views.length >= 6) this.views.shift()?.run.close();
    const view = { model, run, events: run[Symbol.asyncIterator](), next: after + 1, ended: false };
    this.views.push(view);
    return view;
  }

  drop(view: View): void {
    view.run.close();
    this.views.splice(this.views.indexOf(view), 1);
  }

  /** Takes the next event of a view, which must be the one behind the last. @returns whether there was one */
  async take(view: View, model: AgentModel): Promise<boolean> {
    if (view.ended) return false;
    const outcome = await settled(view.events.next(), `the event ${view.next} of ${view.model.id}`);
    if ("error" in outcome) {
      view.ended = true;
      demand(codeOf(outcome.error) === "run_gone", `a view of ${view.model.id} ended with ${shown(outcome.error)}`);
      model.isGone(view.model);
      return false;
    }
    const { done, value } = outcome.value;
    if (done === true) {
      view.ended = true;
      demand(view.model.end === view.next - 1, `a view of ${view.model.id} ended at ${view.next - 1}, and the log at ${view.model.end}`);
      return false;
    }
    const seq = model.observe(view.model, value.id, value.data);
    demand(seq === view.next, `a view of ${view.model.id} was given ${seq} where ${view.next} was due`);
    view.next += 1;
    return true;
  }

  async http(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(this.base + path, {
      method,
      headers: { Authorization: `Bearer ${TOKEN}`, Accept: "application/json", ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
    if (answer.status >= 400) errorOf(answer);
    return answer;
  }

  /** The id of the first event that comes behind a cursor, as whoever reads the bytes sees it; `undefined` where the run is complete. */
  async firstBehind(id: string, cursor: string | undefined): Promise<string | undefined> {
    const response = await fetch(`${this.base}/runs/${id}/events`, {
      headers: { Authorization: `Bearer ${TOKEN}`, ...(cursor !== undefined && { "Last-Event-ID": cursor }) },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (response.status === 410) return "gone";
    if (response.status === 204) return undefined;
    demand(response.status === 200 && response.body !== null, `the cursor ${cursor} of ${id} is answered with ${response.status}`);
    let text = "";
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const first = /^id: ([^\n]*)\ndata: [^\n]*\n\n/m.exec(text)?.[1];
      if (first !== undefined) return first;
    }
    throw new Error(`PROTOCOL.md is broken: the stream of ${id} behind ${cursor} ended without an event.`);
  }

  /** A frame on a socket of its own, and the answer that names its type. */
  async frame(
    frame: { readonly type: string; readonly [member: string]: unknown },
    onAnswer?: (answer: Record<string, unknown>, next: (type: string) => Promise<Record<string, unknown>>) => Promise<void>,
  ): Promise<Record<string, unknown>> {
    const socket = new WebSocket(`${this.base.replace("http", "ws")}?v=1&ticket=${await this.#ticket(TOKEN)}`);
    const answers = { resume: "resumed", input: "accepted", cancel: "cancelled", start: "started" } as Readonly<Record<string, string>>;
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
    const came: Record<string, unknown>[] = [];
    let wake = (): void => undefined;
    const next = async (type: string): Promise<Record<string, unknown>> => {
      for (;;) {
        const found = came.find((answer) => answer["type"] === type);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    };
    socket.addEventListener("open", () => socket.send(JSON.stringify(frame)));
    socket.addEventListener("close", ({ code }) => reject(new Error(`A socket was closed with ${code}.`)));
    socket.addEventListener("message", ({ data }) => {
      const answer = JSON.parse(String(data)) as Record<string, unknown>;
      came.push(answer);
      wake();
      if (answer["type"] === answers[frame.type] || answer["type"] === "error") resolve(answer);
    });
    try {
      const answer = await within(promise, `the answer to ${JSON.stringify(frame)}`);
      if (onAnswer !== undefined) await within(onAnswer(answer, next), `what comes behind the answer to ${JSON.stringify(frame)}`);
      return answer;
    } finally {
      socket.close();
    }
  }

  /** The code with which a handshake without valid credentials is closed. */
  async refusedSocket(): Promise<number> {
    const socket = new WebSocket(`${this.base.replace("http", "ws")}?v=1&ticket=forged`);
    return within(new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code))), "a close");
  }

  async info(id: string): Promise<RunInfo | "gone"> {
    const answer = await this.http("GET", `/runs/${id}`);
    if (answer.status === 410) return "gone";
    demand(answer.status === 200, `GET of the run ${id} was answered ${answer.status}`);
    return answer.body as RunInfo;
  }

  /** The whole log as an event stream has it, read by what knows nothing of our clients. */
  async log(id: string): Promise<{ readonly id: string; readonly data: RunChunk }[] | "gone"> {
    const response = await fetch(`${this.base}/runs/${id}/events`, {
      headers: { Authorization: `Bearer ${TOKEN}` },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const text = await response.text();
    if (response.status === 410) return "gone";
    return [...text.matchAll(/^id: ([^\n]*)\ndata: ([^\n]*)\n\n/gm)].map(([, id = "", data = ""]) => ({
      id,
      data: JSON.parse(data) as RunChunk,
    }));
  }

  /** Ends what goes on, whatever it is. */
  async close(model: AgentModel): Promise<void> {
    for (const client of Object.values(this.#clients)) client.close();
    for (const { id, lasting } of model.runs) if (lasting) await this.http("DELETE", `/runs/${id}`);
  }

  #options() {
    return { url: this.worker.url, name: this.#name, retry: { baseMs: 10, capMs: 100 }, onError: () => undefined };
  }

  #sseClient(token: string): TransportClient {
    return createSseClient({ ...this.#options(), headers: { Authorization: `Bearer ${token}` } });
  }

  #wsClient(token: string): TransportClient {
    return createWsClient({ ...this.#options(), query: async () => ({ ticket: await this.#ticket(token) }) });
  }

  async #ticket(token: string): Promise<string> {
    const response = await fetch(`${this.base}/tickets`, { method: "POST", headers: { Authorization: `Bearer ${token}` }, body: "{}" });
    return ((await response.json()) as { ticket: string }).ticket;
  }
}

/** PROTOCOL.md §5: every error has its code and its message. */
export function errorOf({ status, body }: Answer): ErrorBody {
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
  demand(isErrorBody(error), `${status} was answered with ${JSON.stringify(body)}`);
  demand(status < 500, `${status} was answered: ${JSON.stringify(error)}`);
  return error;
}

export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

export function shown(error: unknown): string {
  return `${codeOf(error)}: ${String(error)}`;
}

export function seqOf(id: string | null | undefined): number {
  return parseEventId(id ?? "")?.seq ?? 0;
}

export async function settled<Value>(
  promise: Promise<Value>,
  what: string,
): Promise<{ readonly value: Value } | { readonly error: unknown }> {
  let outcome: { readonly value: Value } | { readonly error: unknown } | undefined;
  await within(
    promise.then(
      (value) => void (outcome = { value }),
      (error: unknown) => void (outcome = { error }),
    ),
    what,
  );
  return outcome!;
}

/** Nothing waits forever (PROTOCOL.md §7.3). */
export async function within<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`PROTOCOL.md is broken: ${what} did not come within ${LIMIT_MS} ms.`)), LIMIT_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
