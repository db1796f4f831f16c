import { afterAll, beforeAll, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { post, segment, start, TestSocket } from "./harness.ts";

/** PROTOCOL.md §8.3: of what a log had, on one socket, in a second; and twice as many at once. */
const REPLAYED_BYTES = 8_388_608;
const INPUT_BYTES = 1_000_000;
const LOG_BYTES = 5 * INPUT_BYTES;
let host: WorkerHost;
let base: string;
let run: string;
beforeAll(async () => {
  host = await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "5" } });
  base = new URL(`${segment}/replays`, host.url).href;
  run = ((await (await post(`${base}/runs`, { prompt: "Hello", key: "k" }, { Accept: "application/json" })).json()) as { id: string }).id;
  for (let sent = 0; sent < LOG_BYTES; sent += INPUT_BYTES) {
    const answer = await post(`${base}/runs/${run}/inputs`, { key: `i${sent}`, data: "x".repeat(INPUT_BYTES) });
    if (answer.status !== 202) throw new Error(`An input was answered ${answer.status}.`);
  }
  await fetch(`${base}/runs/${run}`, { method: "DELETE" });
});
afterAll(async () => host.dispose());

const sent = (socket: TestSocket): number =>
  socket.frames.filter(({ type }) => type === "events").reduce((sum, frame) => sum + JSON.stringify(frame).length, 0);
const refused = (socket: TestSocket): object[] => socket.frames.filter(({ type }) => type === "error");

it.each([
  ["a handshake", (count: number) => ({ query: `&resume=${run}`.repeat(count), frames: [] })],
  ["a series of frames", (count: number) => ({ query: "", frames: Array.from({ length: count }, () => ({ type: "resume", run })) })],
])("%s that asks for a log again and again is sent so much of it, and is refused for now", async (_what, asked) => {
  const { query, frames } = asked(40);
  const askedAt = performance.now();
  const socket = await new TestSocket(`${base}?v=1${query}`).open();
  for (const frame of frames) socket.send(frame);
  socket.send({ type: "cancel", run });
  await socket.frame(({ type }) => type === "cancelled"); // All before it was answered.
  expect(sent(socket)).toBeGreaterThan(REPLAYED_BYTES);
  // What a busy machine takes longer for, it may send more of.
  const most = (2 + (performance.now() - askedAt) / 1_000) * REPLAYED_BYTES;
  expect(sent(socket)).toBeLessThan(most);
  expect(refused(socket).length).toBeGreaterThanOrEqual(40 - Math.ceil(most / LOG_BYTES));
  for (const frame of refused(socket)) {
    expect(frame).toMatchObject({ run, error: { code: "too_many_requests", limit: REPLAYED_BYTES, retryAfter: 1 } });
    // Its `resumed` came before it.
    expect(frame).not.toHaveProperty("frame");
  }
  // It is refused for now: a second later there is room for the log again, from wherever it got to.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  socket.frames.length = 0;
  socket.send({ type: "start", key: "k", input: { prompt: "Hello" } });
  await socket.frame((frame) => JSON.stringify(frame).includes("data-run-end"));
  expect(sent(socket)).toBeGreaterThan(LOG_BYTES);
  socket.socket.close();
});

it("a reader that acknowledges reads a log of any size, once, and is refused nothing", async () => {
  const socket = await new TestSocket(`${base}?v=1&acks=1&resume=${run}`).open();
  const acknowledged = new Set<unknown>();
  const end = socket.frame((frame) => JSON.stringify(frame).includes("data-run-end"));
  while (
    await Promise.race([end.then(() => false), socket.frame((frame) => frame["ack"] === true && !acknowledged.has(frame)).then(() => true)])
  ) {
    const frame = socket.frames.find((one) => one["ack"] === true && !acknowledged.has(one));
    if (frame === undefined) continue;
    acknowledged.add(frame);
    const [epoch, first] = String(frame["id"]).split(".");
    const events = frame["events"] as readonly unknown[];
    socket.send({ type: "ack", run, id: `${epoch}.${Number(first) + events.length - 1}` });
  }
  expect(sent(socket)).toBeGreaterThan(LOG_BYTES);
  expect(refused(socket)).toEqual([]);
  socket.socket.close();
});
