import { HEADER_RUN, TransportError, type ChunkLike, type RunInput } from "@agent-transports/protocol";
import { persist, type Attempt, type Driver, type FollowedRun } from "@agent-transports/protocol/core";
import { readEvents } from "./connection.ts";
import { unexpected, type Http, type HttpRequest } from "./http.ts";
import { runPath, Uplink } from "./uplink.ts";

/** Follows one run: one event stream at a time, and requests for what goes up. */
export class Subscription<Chunk extends ChunkLike> implements Driver {
  readonly #run: FollowedRun<Chunk>;
  readonly #http: Http;
  /** What begins the run; absent for one that exists. */
  readonly #start: { readonly key: string; readonly input: RunInput } | undefined;
  readonly #uplink: Uplink;
  /** Ends with the client: a sent input is still carried out when its reader has left. */
  readonly #stopped = new AbortController();
  readonly #onStop: () => void;
  /** The request under way. */
  #current: AbortController | undefined;

  constructor(
    run: FollowedRun<Chunk>,
    http: Http,
    clientSignal: AbortSignal,
    start: { readonly key: string; readonly input: RunInput } | undefined,
    onStop: () => void,
  ) {
    this.#run = run;
    this.#http = http;
    this.#start = start;
    this.#onStop = onStop;
    this.#uplink = new Uplink(http, clientSignal);
  }

  async follow(): Promise<void> {
    const { retry, heartbeatMs } = this.#http.settings;
    try {
      await persist((attempt) => this.#attempt(attempt), {
        retry,
        heartbeatMs,
        signal: this.#stopped.signal,
        onWaiting: (attempt, delayMs, error) => this.#run.connectionIs("waiting", { attempt, delayMs, error }),
      });
    } catch (error) {
      // Once stopped, the run knows already why; fail() does nothing then.
      this.#run.fail(
        error instanceof TransportError ? error : new TransportError({ code: "internal", message: String(error) }, { cause: error }),
      );
    }
  }

  send(key: string, data: unknown): Promise<string> {
    return this.#uplink.send(this.#run.started, key, data);
  }

  cancel(): Promise<void> {
    return this.#uplink.cancel(this.#run.started);
  }

  stop(): void {
    this.#stopped.abort();
    // After the terminal event the response ends by itself, and leaves a connection that can be used again.
    if (this.#run.connection !== "ended" || this.#run.whenDrained() === undefined) this.#current?.abort();
    this.#onStop();
  }

  async #attempt(attempt: Attempt): Promise<void> {
    const run = this.#run;
    const abort = new AbortController();
    this.#current = abort;
    run.connectionIs("connecting");
    const response = await this.#http.open(this.#request(), abort);
    if (response.status === 204) {
      const { state, error } = await this.#uplink.run(run.id!);
      if (state === "running") throw unexpected("204 was answered for a run that goes on.");
      run.complete({ state, ...(error && { error }) });
      return;
    }
    const id = response.headers.get(HEADER_RUN) ?? run.id;
    if (id === undefined) throw unexpected(`The answer to a start has no ${HEADER_RUN} header. Across origins, the server must expose it.`);
    run.identify(id);
    attempt.opened();
    run.connectionIs("open");
    await readEvents(run, response, { abort, heartbeatMs: this.#http.settings.heartbeatMs, onProgress: () => attempt.progress() });
  }

  #request(): HttpRequest {
    const query = [["heartbeat", String(this.#http.settings.heartbeatMs)]] as const;
    const { id, cursor } = this.#run;
    if (id === undefined) {
      const { key, input } = this.#start!;
      return { method: "POST", path: "/runs", accept: "text/event-stream", query, body: { ...input, key } };
    }
    const headers = cursor === undefined ? {} : { "Last-Event-ID": cursor };
    return { method: "GET", path: `${runPath(id)}/events`, accept: "text/event-stream", query, headers };
  }
}
