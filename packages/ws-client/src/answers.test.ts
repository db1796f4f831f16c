import type { ClientFrame, RunInfo } from "@agent-transports/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Answers } from "./answers.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LIMIT_MS = 1_000;
const start: ClientFrame = { type: "start", key: "k", input: { prompt: "Hello" } };
const run: RunInfo = { id: "r", state: "running", epoch: "e", lastEventId: null, createdAt: "", endedAt: null, error: null, events: "" };

/** A line on which a ping that was sent is answered when the test says so. */
class Watched {
  pings = 0;
  #pongs = 0;
  readonly late: unknown[] = [];
  readonly answers: Answers = new Answers(
    LIMIT_MS,
    () => (this.pings += 1),
    (requests, agentIsHeard) => this.late.push(requests, agentIsHeard),
  );

  pong(): void {
    this.answers.pong((this.#pongs += 1));
  }

  /** For the limit. */
  wait(): void {
    for (let half = 0; half < 2; half += 1) {
      vi.advanceTimersByTime(LIMIT_MS / 2);
      this.pong();
    }
  }
}

it("finds a request unanswered when two later pings were answered, half the limit apart", () => {
  const seen = new Watched();
  seen.answers.asked(start);
  vi.advanceTimersByTime(LIMIT_MS / 2);
  expect(seen.pings).toBe(1);
  seen.pong();
  vi.advanceTimersByTime(LIMIT_MS / 2);
  expect(seen.pings).toBe(2);
  expect(seen.late).toEqual([]);
  seen.pong();
  expect(seen.late).toEqual([["start k"], false]);
  expect(seen.answers.due).toBe(false);
});

it("reports nothing, however long it takes, while the connection is busy with data sent before the ping", () => {
  const seen = new Watched();
  seen.answers.asked({ type: "input", run: "r", key: "k", data: new Uint8Array(1_000_000) });
  vi.advanceTimersByTime(100 * LIMIT_MS);
  expect(seen).toMatchObject({ pings: 1, late: [] });
  seen.pong();
  seen.answers.heard({ type: "accepted", run: "r", key: "k", id: "e.1" });
  vi.advanceTimersByTime(100 * LIMIT_MS);
  expect(seen).toMatchObject({ pings: 1, late: [] });
});

it("reports nothing when the answer comes after much other data and before the second pong", () => {
  const seen = new Watched();
  seen.answers.asked(start);
  vi.advanceTimersByTime(LIMIT_MS / 2);
  seen.pong();
  vi.advanceTimersByTime(50 * LIMIT_MS);
  expect(seen.pings).toBe(2);
  for (let seq = 1; seq <= 100; seq += 1) seen.answers.heard({ type: "events", run: "other", id: `e.${seq}`, events: [{ type: "start" }] });
  seen.answers.heard({ type: "started", key: "k", run, joined: false });
  seen.pong();
  expect(seen.late).toEqual([]);
});

it("notes that the agent was heard from in the meantime", () => {
  const seen = new Watched();
  seen.answers.asked(start);
  vi.advanceTimersByTime(LIMIT_MS / 2);
  seen.answers.heard({ type: "events", run: "other", id: "e.1", events: [{ type: "start" }] });
  seen.pong();
  vi.advanceTimersByTime(LIMIT_MS / 2);
  seen.pong();
  expect(seen.late).toEqual([["start k"], true]);
});

it("does not take a heartbeat's pong as the answer to a later ping", () => {
  const seen = new Watched();
  seen.answers.asked(start);
  seen.pings = 5; // Those of heartbeats, none of which was answered yet.
  vi.advanceTimersByTime(LIMIT_MS / 2);
  for (let pong = 1; pong <= 5; pong += 1) seen.pong();
  vi.advanceTimersByTime(10 * LIMIT_MS);
  expect(seen.pings).toBe(6);
  seen.pong();
  vi.advanceTimersByTime(LIMIT_MS / 2);
  expect(seen.pings).toBe(7);
});

it("gives each request its full time, also when another one was already waiting", () => {
  const seen = new Watched();
  seen.answers.asked(start);
  vi.advanceTimersByTime(LIMIT_MS / 2);
  seen.answers.asked({ type: "cancel", run: "r" });
  seen.answers.heard({ type: "started", key: "k", run, joined: false });
  vi.advanceTimersByTime(LIMIT_MS / 2);
  expect(seen.pings).toBe(2);
  seen.pong();
  seen.pong();
  vi.advanceTimersByTime(LIMIT_MS / 2);
  seen.pong();
  expect(seen.late).toEqual([["cancel r"], false]);
});

it("gives each of two requests of one name its own time, and reports each", () => {
  const seen = new Watched();
  const resume: ClientFrame = { type: "resume", run: "r" };
  seen.answers.asked(resume);
  vi.advanceTimersByTime(LIMIT_MS / 2);
  seen.pong();
  seen.answers.asked(resume);
  vi.advanceTimersByTime(LIMIT_MS / 2);
  seen.pong();
  expect(seen.late).toEqual([["resume r"], false]);
  expect(seen.answers.due).toBe(true);
  seen.answers.asked(resume);
  for (const half of [1, 2]) {
    vi.advanceTimersByTime(LIMIT_MS / 2);
    expect(seen.pings).toBe(2 + half);
    seen.pong();
  }
  expect(seen.late.slice(2)).toEqual([["resume r"], false]);
  for (let half = 0; half < 2; half += 1) {
    vi.advanceTimersByTime(LIMIT_MS / 2);
    seen.pong();
  }
  expect(seen.late.slice(4)).toEqual([["resume r"], false]);
  expect(seen.answers.due).toBe(false);
  seen.answers.asked(resume);
  seen.answers.asked(resume);
  seen.answers.heard({ type: "resumed", run, after: null });
  expect(seen.answers.due).toBe(true);
  for (let half = 0; half < 2; half += 1) {
    vi.advanceTimersByTime(LIMIT_MS / 2);
    seen.pong();
  }
  expect(seen.late.slice(6)).toEqual([["resume r"], false]);
});

it("accepts a refusal as an answer, and reports nothing once it was stopped", () => {
  const seen = new Watched();
  seen.answers.asked({ type: "resume", run: "r" });
  seen.answers.heard({ type: "error", error: { code: "run_gone", message: "Gone." }, frame: "resume", run: "r" });
  expect(seen.answers.due).toBe(false);
  seen.answers.asked(start);
  seen.answers.stop();
  vi.advanceTimersByTime(100 * LIMIT_MS);
  expect(seen).toMatchObject({ pings: 0, late: [] });
});

it("knows how long the largest request without an answer may take to go up", () => {
  const { answers } = new Watched();
  expect(answers.uploadMs).toBe(0);
  answers.asked(start, 2_000);
  answers.asked({ type: "input", run: "r", key: "a", data: "" }, 64_000);
  answers.asked({ type: "input", run: "r", key: "b", data: "" });
  expect(answers.uploadMs).toBe(64_000);
  answers.heard({ type: "accepted", run: "r", key: "a", id: "e.1" });
  expect(answers.uploadMs).toBe(2_000);
  answers.heard({ type: "error", frame: "start", key: "k", error: { code: "internal", message: "" } });
  expect(answers.uploadMs).toBe(0);
  answers.asked(start, 2_000);
  answers.stop();
  expect(answers.uploadMs).toBe(0);
});

it("leaves a resume its time when the answer is of another one that was given up", () => {
  const seen = new Watched();
  const resume: ClientFrame = { type: "resume", run: "r" };
  seen.answers.asked(resume);
  seen.wait();
  seen.answers.asked(resume);
  seen.answers.heard({ type: "resumed", run, after: null }, true);
  expect(seen.answers.due).toBe(true);
  seen.wait();
  expect(seen.late).toEqual([["resume r"], false, ["resume r"], true]);
});
