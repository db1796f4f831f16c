import { FollowedRun, settingsOf, TransportError } from "@agent-transports/client-core";
import type { ClientFrame, RunChunk } from "@agent-transports/protocol";
import { expect, it } from "vitest";
import type { Connection } from "./connection.ts";
import { Feed } from "./feed.ts";
import { Subscription, type Shared } from "./subscription.ts";
import { Uplink } from "./uplink.ts";

const chunk: RunChunk = { type: "text-delta", id: "0", delta: "x" };

it("asks for nothing more once its run has failed, though it was parked and its application reads the rest", async () => {
  const up: string[] = [];
  const send = (frame: ClientFrame): void => void up.push(frame.type);
  const feed = new Feed("r", send);
  const connection: Pick<Connection, "settings" | "open" | "heardAt" | "need"> = {
    settings: settingsOf({ url: "ws://agent.example" }, ["ws:"]),
    open: true,
    heardAt: undefined,
    need: (begin) => begin(),
  };
  const shared: Shared = {
    connection: connection as Connection,
    uplink: new Uplink(send),
    subscriptions: new Set(),
    start: () => true,
    feed: () => feed,
    stopped: (reader) => feed.leave(reader),
  };
  let subscription!: Subscription<RunChunk>;
  const run = new FollowedRun<RunChunk>((run) => (subscription = new Subscription(run, undefined, shared)), {
    id: "r",
    maxPendingInputs: 1,
    inputGraceMs: 1,
    onStop: () => undefined,
  });
  run.begin();
  subscription.take("e", 1, [chunk, chunk]);
  feed.leave(subscription);
  subscription.park();
  run.fail(new TransportError({ code: "unexpected_response", message: "No event." }));
  const read: string[] = [];
  await expect(
    (async () => {
      for await (const { id } of run) read.push(id);
    })(),
  ).rejects.toThrow("No event.");
  expect([read, up]).toEqual([["e.1", "e.2"], ["resume"]]);
});
