import { HEADER_RUN, type ChunkLike } from "@agent-transports/protocol";
import { asTransportError, persist, type Attempt, type Driver, type FollowedRun, type Start } from "@agent-transports/protocol/core";
import { readEvents } from "./connection.ts";
import { unexpected, type Http, type HttpRequest } from "./http.ts";
import { withConnection } from "./connection-limit.ts";
import { runPath, Uplink } from "./uplink.ts";

/** Follows one run: one event stream at a time, and requests for what goes up. */
export class Subscription<Chunk extends ChunkLike> implements Driver {
  readonly #run: FollowedRun<Chunk>;
  readonly #http: Http;
  /** What begins the run; absent for one that exists. */
  readonly #start: Start | undefined;
  readonly #uplink: Uplink;
  readonly #stopped = new AbortController();
  heardAt: number | undefined;

  /** @param clientSignal ends what goes up: a sent input is still carried out when its reader has left */
  constructor(run: FollowedRun<Chunk>, http: Http, clientSignal: AbortSignal, start: Start | undefined) {
    this.#run = run;
    this.#http = http;
    this.#start = start;
    this.#uplink = new Uplink(http, clientSignal);
  }

  begin(): void {
    const { settings } = this.#http;
    persist((attempt) => withConnection(settings, attempt, (stream) => this.#attempt(stream)), {
      settings,
      signal: this.#stopped.signal,
      needed: () => !this.#run.stopped,
      onHeard: () => void (this.heardAt = Date.now()),
      onWaiting: (attempt, delayMs, error) =>
        this.#run.connectionIs("waiting", { attempt, ...(delayMs !== undefined && { delayMs }), error }),
      // Once stopped, the run knows already why; fail() does nothing then.
    }).catch((error: unknown) => this.#run.fail(asTransportError(error)));
  }

  send(key: string, data: unknown): Promise<string> {
    return this.#uplink.send(this.#run.started, key, data);
  }

  cancel(): Promise<void> {
    return this.#uplink.cancel(this.#run.started);
  }

  stop(whole: boolean): void {
    // A whole response ends by itself, and leaves a connection that can be used again.
    if (!whole) this.#stopped.abort();
  }

  async #attempt(attempt: Attempt): Promise<void> {
    const run = this.#run;
    run.connectionIs("connecting");
    const response = await this.#http.open(this.#request(), attempt.signal);
    if (response.status === 204) {
      const { state, error } = await this.#uplink.run(run.id!, attempt.signal);
      if (state === "running") throw unexpected("204 was answered for a run that goes on.");
      run.complete({ state, ...(error && { error }) });
      return;
    }
    const id = response.headers.get(HEADER_RUN) ?? run.id;
    if (id === undefined) throw unexpected(`The answer to a start has no ${HEADER_RUN} header. Across origins, the server must expose it.`);
    run.identify(id);
    run.connectionIs("open");
    await readEvents(run, response, attempt);
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
