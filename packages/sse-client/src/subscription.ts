import {
  asTransportError,
  persist,
  type Attempt,
  type Driver,
  type FollowedRun,
  type Sendable,
  type Start,
} from "@agent-transports/client-core";
import { HEADER_RUN, isRunId, JsonText, withMember, type ChunkLike } from "@agent-transports/protocol";
import { isEventStream, readEvents } from "./connection.ts";
import { insteadOf, isFault, unexpected, type Http, type HttpRequest } from "./http.ts";
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

  send(key: string, data: Sendable, signal: AbortSignal): Promise<string> {
    return this.#uplink.send(this.#run.started, key, data, signal);
  }

  cancel(signal: AbortSignal): Promise<void> {
    return this.#uplink.cancel(this.#run.started, signal);
  }

  stop(whole: boolean): void {
    // A whole response ends by itself, and leaves a connection that can be used again.
    if (!whole) this.#stopped.abort();
  }

  async #attempt(attempt: Attempt): Promise<void> {
    const run = this.#run;
    run.connectionIs("connecting");
    try {
      await this.#follow(await this.#http.open(this.#request(), attempt.signal), attempt);
    } catch (error) {
      throw isFault(error) ? run.fault(error.message, error.cause) : error;
    }
  }

  async #follow(response: Response, attempt: Attempt): Promise<void> {
    const run = this.#run;
    if (response.status === 204 && run.id !== undefined) {
      const { state, error, lastEventId } = await this.#uplink.run(run.id, attempt.signal);
      if (state === "running" || lastEventId !== (run.cursor ?? null))
        throw unexpected("The server answered 204, but the run has more events.");
      run.complete({ state, ...(error && { error }) });
      return;
    }
    if (!isEventStream(response)) {
      void response.body?.cancel().catch(() => undefined); // Whatever it is, nobody reads it.
      throw unexpected(insteadOf("an event stream", response));
    }
    const id = response.headers.get(HEADER_RUN) ?? run.id;
    if (id === undefined) throw unexpected(`The answer to a start has no ${HEADER_RUN} header. Across origins, the server must expose it.`);
    if (!isRunId(id) || (run.id !== undefined && run.id !== id)) throw unexpected(`The answer belongs to another run: ${id.slice(0, 80)}.`);
    run.identify(id);
    run.connectionIs("open");
    await readEvents(run, response, attempt);
  }

  #request(): HttpRequest {
    const query = [["heartbeat", String(this.#http.settings.heartbeatMs)]] as const;
    const { id, cursor } = this.#run;
    if (id === undefined) {
      const { key, input } = this.#start!;
      const body = withMember(input.text, "key", new JsonText(JSON.stringify(key)));
      return { method: "POST", path: "/runs", accept: "text/event-stream", query, body };
    }
    const headers = cursor === undefined ? {} : { "Last-Event-ID": cursor };
    return { method: "GET", path: `${runPath(id)}/events`, accept: "text/event-stream", query, headers };
  }
}
