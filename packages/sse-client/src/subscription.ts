import {
  asTransportError,
  persist,
  uploadMs,
  type Attempt,
  type Driver,
  type FollowedRun,
  type Sendable,
  type Start,
} from "@agent-transports/client-core";
import type { ChunkLike } from "@agent-transports/protocol";
import { readEvents } from "./connection.ts";
import { endOf, requestOf, runOf, streamOf } from "./event-stream.ts";
import { isFault, type Http, type HttpRequest } from "./http.ts";
import { withConnection } from "./connection-limit.ts";
import { Uplink } from "./uplink.ts";

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
    let response: Response | undefined;
    try {
      const request = this.#request();
      attempt.sending(uploadMs(request.body));
      response = await this.#http.open(request, attempt.signal);
      attempt.sending(0);
      await this.#follow(response, attempt);
    } catch (error) {
      void response?.body?.cancel().catch(() => undefined); // Whatever it is, nobody reads it.
      throw isFault(error) ? run.fault(error.message, error.cause) : error;
    }
  }

  async #follow(response: Response, attempt: Attempt): Promise<void> {
    const run = this.#run;
    if (response.status === 204 && run.id !== undefined) {
      run.complete(endOf(await this.#uplink.run(run.id, attempt.signal), run.cursor));
      return;
    }
    const stream = streamOf(response);
    run.identify(runOf(response, run.id));
    run.connectionIs("open");
    await readEvents(run, stream, attempt);
  }

  #request(): HttpRequest {
    const { id, cursor } = this.#run;
    return requestOf({ id, cursor, start: this.#start }, this.#http.settings.heartbeatMs);
  }
}
