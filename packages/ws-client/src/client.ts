import {
  RETRY_BASE_MS,
  statusOf,
  TransportError,
  type ChunkOf,
  type RunChunk,
  type ServerFrame,
  type TransportClient,
  type UIMessageLike,
} from "@agent-transports/protocol";
import { answered, LostError, makeClient, type FollowedRun } from "@agent-transports/protocol/core";
import { Connection } from "./connection.ts";
import type { WsClientOptions } from "./options.ts";
import { Subscription } from "./subscription.ts";
import { Uplink } from "./uplink.ts";

type AnySubscription = Pick<
  Subscription<RunChunk>,
  "start" | "handshake" | "ask" | "events" | "started" | "resumed" | "refusedForNow" | "fail"
> & {
  readonly run: Pick<FollowedRun, "id" | "connectionIs">;
};

/**
 * A client of one agent, over one WebSocket that all its runs share. The socket is opened with the first run and stays open until `close()`.
 *
 * @typeParam Message the application's `UIMessage`, whose `data-*` parts and metadata its runs' chunks then have
 * @throws TransportError `invalid_option`
 */
export function createWsClient<Message extends UIMessageLike = UIMessageLike>(options: WsClientOptions): TransportClient<ChunkOf<Message>> {
  const subscriptions = new Set<AnySubscription>();

  const connection: Connection = new Connection(options, {
    needed: () => subscriptions.size > 0 || uplink.pending,
    handshake() {
      const resumes: [string, string][] = [];
      for (const subscription of subscriptions) {
        const resume = subscription.handshake();
        if (resume !== undefined) resumes.push(["resume", resume]);
      }
      return resumes.length === 0 ? [] : [...resumes, ["acks", "1"]];
    },
    opened() {
      for (const subscription of subscriptions) subscription.ask();
      uplink.resend();
    },
    received,
    connecting: () => subscriptions.forEach(({ run }) => run.connectionIs("connecting")),
    waiting: (attempt, delayMs, error) =>
      subscriptions.forEach(({ run }) => run.connectionIs("waiting", { attempt, ...(delayMs !== undefined && { delayMs }), error })),
    failed(error) {
      for (const subscription of subscriptions) subscription.fail(error);
      uplink.fail(error);
    },
  });
  const uplink = new Uplink((frame) => connection.send(frame));

  /** Two subscriptions may follow one run: the agent sends each event once for both. */
  function of(runId: string): AnySubscription[] {
    return [...subscriptions].filter(({ run }) => run.id === runId);
  }

  /** Hears no more of a run, unless another subscription does: it may follow that run, or have asked for a start that joins it. */
  function leave(runId: string): void {
    for (const { run } of subscriptions) if (run.id === undefined || run.id === runId) return;
    connection.send({ type: "unsubscribe", run: runId });
  }

  function received(frame: ServerFrame): boolean {
    switch (frame.type) {
      case "events": {
        let news = false;
        for (const subscription of subscriptions) {
          if (subscription.run.id === frame.run && subscription.events(frame)) news = true;
        }
        return news;
      }
      case "started":
        for (const subscription of subscriptions) if (subscription.start?.key === frame.key) subscription.started(frame);
        leave(frame.run.id); // Where it was left before this answer.
        return true;
      case "resumed":
        for (const subscription of of(frame.run.id)) subscription.resumed(frame);
        return false;
      case "accepted":
        uplink.accepted(frame.run, frame.key, frame.id);
        return true;
      case "cancelled":
        uplink.cancelled(frame.run.id);
        return true;
      case "error":
        refused(frame);
        return false;
      default:
        return false;
    }
  }

  /** PROTOCOL.md §4.2: `run`, `key` and `frame` say which request was refused. */
  function refused({ error: body, run, key, frame }: Extract<ServerFrame, { readonly type: "error" }>): void {
    const error = new TransportError(body, { status: statusOf(body) });
    // At least so long: other runs of the socket may go on well, and what the agent fails at it would be asked for again and again.
    const { retryAfter = 0 } = body;
    const waitMs = retryAfter > 0 ? retryAfter * 1000 : (connection.settings.retry.baseMs ?? RETRY_BASE_MS);
    const loss = body.code === "unauthorized" ? new LostError(body.message) : answered(error, waitMs);
    const concerned = [...subscriptions].filter((subscription) =>
      run !== undefined ? subscription.run.id === run : key === undefined || subscription.start?.key === key,
    );
    // As a 5xx or 429 of the other transport. What goes up is sent again on another socket, in order; nor is a socket of use whose credentials' time is over.
    const isOfOneRun = body.code !== "unauthorized" && frame !== "input" && frame !== "cancel" && (run !== undefined || key !== undefined);
    if (loss instanceof LostError) {
      if (!isOfOneRun) return connection.lose(loss);
      for (const subscription of concerned) subscription.refusedForNow(loss);
      return;
    }
    if (frame === "input" && run !== undefined && key !== undefined && uplink.refusedInput(run, key, error)) return;
    if (frame === "cancel" && run !== undefined && uplink.refusedCancel(run, error)) return;
    for (const subscription of concerned) subscription.fail(error);
  }

  return makeClient(
    {
      name: "ws",
      settings: connection.settings,
      drive(run, start) {
        const subscription = new Subscription(run, connection, uplink, start, (left) => {
          subscriptions.delete(subscription);
          if (left !== undefined) leave(left);
        });
        subscriptions.add(subscription);
        return subscription;
      },
      close(error) {
        uplink.fail(error);
        connection.close(error);
      },
    },
    options,
  );
}
