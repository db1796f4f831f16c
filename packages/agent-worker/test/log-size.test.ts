import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { info, post, readEvents, segment, start, TestSocket, wholeRun, type SseEvent } from "./harness.ts";

const RUN_BYTES = 24_000;
/** What inputs may fill of it. */
const INPUT_BYTES = 18_000;
let host: WorkerHost;
let slow: WorkerHost;
beforeAll(async () => {
  const LIMITS = JSON.stringify({ runBytes: RUN_BYTES });
  host = await start({ vars: { LIMITS } });
  slow = await start({ vars: { LIMITS, SCRIPTED_TOKENS_PER_SECOND: "2" } });
});
afterAll(async () => {
  await host.dispose();
  await slow.dispose();
});

describe("a run's log that is as large as it may be", () => {
  it("ends the run of a model that does not end, as failed, and the next run is like any other", async () => {
    const base = new URL(`${segment}/endless`, host.url).href;
    const { id, events } = await wholeRun(base, "Write 20000 words at 20000 tokens/s.");
    expect(events.at(-1)?.data).toMatchObject({ type: "data-run-end", data: { state: "failed", error: { code: "payload_too_large" } } });
    expect((await info(base, id)).error?.message).toContain(String(RUN_BYTES));
    const size = events.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0);
    expect(size).toBeGreaterThan(RUN_BYTES / 2);
    expect(size).toBeLessThan(RUN_BYTES + 1_000);
    expect((await wholeRun(base, "Write 3 words.")).events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
  });

  it("takes no more inputs, over either transport, and the run goes on and ends", async () => {
    const base = new URL(`${segment}/inputs`, slow.url).href;
    const json = { Accept: "application/json" };
    const { id } = (await (await post(`${base}/runs`, { prompt: "Write 40 words." }, json)).json()) as { id: string };
    const send = (key: string): Promise<Response> => post(`${base}/runs/${id}/inputs`, { key, data: "x".repeat(8_000) });
    expect([(await send("a")).status, (await send("b")).status]).toEqual([202, 202]);
    const refused = await send("c");
    const error = { code: "payload_too_large", limit: INPUT_BYTES };
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ error });
    const list = { inputs: [900, 8_000].map((size, index) => ({ key: `d${index}`, data: "x".repeat(size) })) };
    expect(await (await post(`${base}/runs/${id}/inputs`, list)).json()).toMatchObject({ error, accepted: [{ key: "d0" }] });
    const socket = await new TestSocket(`${base}?v=1`).open();
    socket.send({ type: "input", run: id, key: "f", data: "x".repeat(8_000) });
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ key: "f", error });
    socket.socket.close();
    expect((await send("a")).status).toBe(202); // What it has, it still knows.
    const follow = (): Promise<Response> => fetch(`${base}/runs/${id}/events`);
    const goesOn = (events: readonly SseEvent[]): boolean =>
      events.at(-1)?.data.type === "text-delta" && events.some(({ data }) => data.type === "data-input" && data["id"] === "d0");
    expect((await readEvents(await follow(), goesOn)).at(-1)?.data.type).toBe("text-delta");
    await fetch(`${base}/runs/${id}`, { method: "DELETE" });
    expect((await readEvents(await follow())).at(-1)?.data).toMatchObject({ data: { state: "cancelled" } });
  });
});
