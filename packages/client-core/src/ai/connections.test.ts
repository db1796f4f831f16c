import { afterEach, expect, it, vi } from "vitest";
import type { ConnectionState, StateChange } from "../interface/client.ts";
import { LostError } from "../link/link.ts";
import { ChatConnections, type ChatConnection } from "./connections.ts";

afterEach(() => void vi.restoreAllMocks());

class FakeRun {
  connection: ConnectionState = "connecting";
  lastHeardAt: number | undefined;
  readonly #listeners = new Set<(change: StateChange) => void>();

  onStateChange(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  become(to: ConnectionState, details: Partial<StateChange> = {}): void {
    for (const listener of this.#listeners) listener({ from: this.connection, to, ...details });
    this.connection = to;
  }
}

const lost = new LostError("It was lost.");

it("counts the tries until a connection is open, including those in progress", () => {
  const connections = new ChatConnections();
  const told: ChatConnection[] = [];
  connections.subscribe((connection) => void told.push(connection));
  const run = new FakeRun();
  connections.follow("chat", run);
  for (const attempt of [1, 2]) {
    run.become("waiting", { attempt, delayMs: 100 * attempt, error: lost });
    run.become("connecting");
  }
  run.become("open");
  run.become("waiting", { attempt: 1, error: lost });
  run.become("ended");
  expect(told).toEqual([
    { chatId: "chat", state: "connecting", attempt: 0, lastHeardAt: undefined },
    { chatId: "chat", state: "waiting", attempt: 1, delayMs: 100, error: lost, lastHeardAt: undefined },
    { chatId: "chat", state: "connecting", attempt: 1, lastHeardAt: undefined },
    { chatId: "chat", state: "waiting", attempt: 2, delayMs: 200, error: lost, lastHeardAt: undefined },
    { chatId: "chat", state: "connecting", attempt: 2, lastHeardAt: undefined },
    { chatId: "chat", state: "open", attempt: 0, lastHeardAt: undefined },
    { chatId: "chat", state: "waiting", attempt: 1, error: lost, lastHeardAt: undefined },
    { chatId: "chat", state: "idle", attempt: 0, lastHeardAt: undefined },
  ]);
});

it("reports only on the answer that a chat requested last", () => {
  const connections = new ChatConnections();
  const [first, second] = [new FakeRun(), new FakeRun()];
  connections.follow("chat", first);
  connections.follow("chat", second);
  connections.follow("another", new FakeRun());
  const told: ChatConnection[] = [];
  connections.subscribe((connection) => void told.push(connection));
  first.become("open");
  expect(told).toEqual([]);
  second.become("failed", { error: lost });
  expect(told).toEqual([{ chatId: "chat", state: "open", attempt: 0, lastHeardAt: undefined }]);
  first.become("ended");
  expect(connections.get("chat")).toEqual({ chatId: "chat", state: "idle", attempt: 0, lastHeardAt: undefined });
  expect(connections.get("another").state).toBe("connecting");
});

it("looks up when the agent was last heard from, and fires no event for it", () => {
  const connections = new ChatConnections();
  const run = new FakeRun();
  connections.follow("chat", run);
  run.become("open");
  const open = connections.get("chat");
  const listener = vi.fn();
  connections.subscribe(listener);
  for (const heard of [undefined, 1, 2]) {
    run.lastHeardAt = heard;
    expect(open.lastHeardAt).toBe(heard);
  }
  expect(connections.get("chat")).toBe(open);
  expect(listener).not.toHaveBeenCalled();
});

it("continues when a listener throws, and follows no run that has already failed", () => {
  const shown = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const connections = new ChatConnections();
  const told: string[] = [];
  const error = new Error("The application's.");
  connections.subscribe(() => {
    throw error;
  });
  connections.subscribe(({ state }) => void told.push(state));
  const run = new FakeRun();
  connections.follow("chat", run);
  run.become("open");
  expect(told).toEqual(["connecting", "open"]);
  expect(shown).toHaveBeenCalledWith(error);
  const failed = new FakeRun();
  failed.become("failed");
  connections.follow("another", failed);
  expect(connections.get("another").state).toBe("idle");
});

it("tells at once that a chat is left, and nothing of what its run does then; another run of it is told of", () => {
  const connections = new ChatConnections();
  const told: ChatConnection["state"][] = [];
  connections.subscribe(({ state }) => void told.push(state));
  const [left, next] = [new FakeRun(), new FakeRun()];
  connections.follow("chat", left);
  connections.leave("chat");
  expect(connections.get("chat").state).toBe("idle");
  left.become("waiting", { attempt: 1, error: lost });
  connections.follow("chat", next);
  left.become("ended");
  next.become("open");
  expect([told, connections.get("chat").state]).toEqual([["connecting", "idle", "connecting", "open"], "open"]);
});
