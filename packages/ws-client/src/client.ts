import {
  answered,
  Faults,
  LostError,
  makeClient,
  RETRY_BASE_MS,
  TransportError,
  type FollowedRun,
  type Start,
  type TransportClient,
} from "@agent-transports/client-core";
import { statusOf, type ChunkOf, type RunChunk, type ServerFrame, type UIMessageLike } from "@agent-transports/protocol";
import { answeredBy } from "./answers.ts";
import { Connection } from "./connection.ts";
import { Feed, type Reader } from "./feed.ts";
import type { WsClientOptions } from "./options.ts";
import { Subscription, type Shared } from "./subscription.ts";
import { Uplink } from "./uplink.ts";

type AnySubscription = Reader &
  Pick<Subscription<RunChunk>, "start" | "starting" | "handshake" | "ask" | "release"> & {
    readonly run: Pick<FollowedRun, "id" | "identify" | "connectionIs">;
  };

/** Of whichever run a frame is that cannot be read. */
const RUN_OF_FRAME = /^.{0,4}\{"type":"events","run":"([A-Za-z0-9_-]{1,64})"/s;

/**
 * A client of one agent, over one WebSocket that all its runs share. The socket is opened with `connect()` or the first run, and stays open until `close()`.
 * Where it is lost while nothing is awaited of it, it is opened again with the next of these.
 *
 * @typeParam Message the application's `UIMessage`, whose `data-*` parts and metadata its runs' chunks then have
 * @throws TransportError `invalid_option`
 */
export function createWsClient<Message extends UIMessageLike = UIMessageLike>(options: WsClientOptions): TransportClient<ChunkOf<Message>> {
  /** Applications are told of things in loops over this. A run that one of them begins there is added in a later turn, so that the loop ends. */
  const subscriptions = new Set<AnySubscription>();
  /** By the run's id: what the socket brings of it, for however many follow it. */
  const feeds = new Map<string, Feed>();

  const connection: Connection = new Connection(options, {
    needed: () => subscriptions.size > 0 || uplink.pending || connecting !== undefined,
    handshake(room) {
      starting.clear();
      givenUp.clear();
      for (const feed of feeds.values()) feed.forget();
      const asking = new Map<string, Reader[]>();
      for (const subscription of subscriptions)
        subscription.handshake((id) => {
          const readers = asking.get(id) ?? [];
          if (readers.length === 0 && asking.size + 1 > room) return false;
          asking.set(id, [...readers, subscription]);
          return true;
        });
      return [...asking].map(([id, readers]) => shared.feed(id).handshake(readers));
    },
    opened() {
      for (const subscription of subscriptions) subscription.ask();
      uplink.resend();
      leave(); // Where it was left since the handshake was written.
    },
    greeted: () => connecting?.resolve(),
    isLate(frame) {
      const [type, of = ""] = answeredBy(frame)?.split(" ") ?? [];
      return type === "resume" && feeds.get(of)?.isLate("after" in frame ? frame.after : undefined);
    },
    received,
    faulty,
    unanswered,
    connecting: () => subscriptions.forEach(({ run }) => run.connectionIs("connecting")),
    waiting: (change) => subscriptions.forEach(({ run }) => run.connectionIs("waiting", change)),
    failed(error) {
      for (const subscription of subscriptions) subscription.fail(error);
      uplink.fail(error);
      connecting?.reject(error);
    },
  });
  /** Keys of the starts that this socket has not answered, with their inputs: one at a time, because no answer says of which of two with one key it is. */
  const starting = new Map<string, Start["input"]>();
  /** Those that were not answered in time: their answers may still come. */
  const givenUp = new Map<string, readonly [Start["input"] | undefined, LostError]>();
  /** Who waits for the socket alone. */
  let connecting: { resolve(): void; reject(error: unknown): void } | undefined;
  /** Of the socket, for what goes up; each run counts its own. */
  const faults = new Faults();
  const uplink = new Uplink((frame) => connection.send(frame));
  const shared: Shared = {
    connection,
    uplink,
    subscriptions,
    start({ key, input }) {
      if (starting.has(key)) return false;
      // The answer to the other one would be taken for this one's.
      const [late = input, error] = givenUp.get(key) ?? [];
      if (late.text !== input.text) {
        connection.lose(error!);
        return false;
      }
      starting.set(key, input);
      connection.send({ type: "start", key, input, acks: true });
      return true;
    },
    feed(id) {
      let feed = feeds.get(id);
      if (feed === undefined) feeds.set(id, (feed = new Feed(id, (frame) => connection.send(frame))));
      return feed;
    },
    stopped(reader) {
      shared.subscriptions.delete(reader);
      for (const feed of feeds.values()) feed.leave(reader);
      leave();
    },
  };

  /** Hears no more of runs that nobody follows. A start that was not answered yet may join any of them. */
  function leave(): void {
    if (!connection.open) return;
    for (const { run } of subscriptions) if (run.id === undefined) return;
    for (const [id, feed] of feeds) {
      if (feed.forNobody) feed.unsubscribe();
      if (feed.over) feeds.delete(id);
    }
  }

  function received(frame: ServerFrame): boolean | undefined {
    switch (frame.type) {
      case "events":
        return feeds.get(frame.run)?.events(frame);
      case "started": {
        const readers = ofKey(frame.key).filter((subscription) => subscription.starting);
        for (const { run } of readers) run.identify(frame.run.id);
        shared.feed(frame.run.id).started(frame, readers);
        released(frame.key);
        leave(); // Where it was left before this answer.
        return true;
      }
      case "resumed":
        feeds.get(frame.run.id)?.resumed(frame);
        return;
      case "accepted":
      case "cancelled":
        faults.forget();
        uplink.answered(answeredBy(frame)!, frame.type === "accepted" ? frame.id : frame.run.id);
        return true;
      case "error":
        // It announces a frame, and asks for nothing: an agent that does not know it may have less patience.
        if (frame.frame !== "busy" || frame.error.code === "unauthorized") refused(frame);
    }
  }

  /** PROTOCOL.md §4.2: `run`, `key` and `frame` say which request was refused. */
  function refused(refusal: Extract<ServerFrame, { readonly type: "error" }>): void {
    const { error: body, run, key, frame } = refusal;
    const error = new TransportError(body, { status: statusOf(body) });
    // At least so long: other runs of the socket may go on well, and what the agent fails at it would be asked for again and again.
    const { retryAfter = 0 } = body;
    const waitMs = retryAfter > 0 ? retryAfter * 1000 : (connection.settings.retry.baseMs ?? RETRY_BASE_MS);
    const loss = body.code === "unauthorized" ? new LostError(body.message) : answered(error, waitMs);
    // As a 5xx or 429 of the other transport. What goes up is sent again on another socket, in order; nor is a socket of use whose credentials' time is over.
    const isUp = frame === "input" || frame === "cancel";
    const isOfOneRun = body.code !== "unauthorized" && !isUp && (run !== undefined || key !== undefined);
    if (loss instanceof LostError && !isOfOneRun) return connection.lose(loss);
    // A start's may name its run too.
    if (key !== undefined && (run === undefined || frame === "start")) refusedStart(key, loss);
    else if (run === undefined) ofNone(error.message);
    else if (isUp) uplink.refused(answeredBy(refusal)!, error);
    else feeds.get(run)?.refused(loss, frame);
  }

  /** Of the start that waits, so that a run which this key began goes on. Where none waits, it comes behind an answer (PROTOCOL.md §4.2), and is of all. */
  function refusedStart(key: string, error: TransportError): void {
    if (!starting.has(key)) {
      // A final one may be of a start that was given up: who reads asks again, and is told what holds.
      for (const feed of feeds.values()) if (feed.key === key) feed.refused(error, "start");
      return;
    }
    for (const subscription of ofKey(key)) {
      if (!subscription.starting) continue;
      if (error instanceof LostError) subscription.again(error);
      else subscription.fail(error);
    }
    released(key);
  }

  function ofKey(key: string): AnySubscription[] {
    return [...subscriptions].filter(({ start }) => start?.key === key);
  }

  /** The next start with this key may go. */
  function released(key: string): void {
    starting.delete(key);
    for (const subscription of ofKey(key)) subscription.release();
  }

  /** Only the run that it is of is asked for again, where that can be told. */
  function faulty(data: unknown): void {
    const head = typeof data === "string" ? data : data instanceof ArrayBuffer ? new TextDecoder().decode(data.slice(0, 160)) : "";
    const run = RUN_OF_FRAME.exec(head)?.[1];
    const what = `This is not a frame of the protocol: ${head.slice(0, 80)}`;
    if (run === undefined) ofNone(what);
    else feeds.get(run)?.faulty(what);
  }

  /** Of no run that can be told: it may have been any one's. */
  function ofNone(message: string): void {
    for (const { run } of subscriptions) run.fault(message);
    // Before something is sent, none is in a row with what comes then.
    if (!uplink.pending) faults.forget();
    else {
      const fault = faults.count(new TransportError({ code: "unexpected_response", message }));
      if (!(fault instanceof LostError)) uplink.fail(fault);
    }
    connection.lose(new LostError(message));
  }

  function unanswered(request: string, error: LostError): boolean | undefined {
    const [type, of = ""] = request.split(" ");
    if (type === "start") {
      givenUp.set(of, [starting.get(of), error]);
      refusedStart(of, error);
    } else if (type === "resume") return feeds.get(of)?.unanswered(error);
    // In order: what went up behind it is sent again with it. Where nobody waits for it any more, nobody's socket is given up.
    else return uplink.awaits(request);
    return false;
  }

  async function connect(signal: AbortSignal): Promise<void> {
    let mine: typeof connecting;
    try {
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        connection.need(() => (connecting = mine = { resolve, reject }));
        if (connection.greeted) resolve();
      });
    } finally {
      // Another one may wait since this one was given up.
      if (connecting === mine) connecting = undefined;
    }
  }

  return makeClient(
    {
      name: "ws",
      settings: connection.settings,
      connect,
      drive: (run, start) => new Subscription(run, start, shared),
      close(error) {
        uplink.fail(error);
        connection.close(error);
      },
    },
    options,
  );
}
