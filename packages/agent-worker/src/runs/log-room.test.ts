import { expect, it, vi } from "vitest";
import { describeFailure } from "../generation/generate.ts";
import { misconfigured } from "../wire/errors.ts";
import { LogFullError, LogRoom } from "./live-run.ts";

const unsaid = misconfigured("limits() of the agent's class has failed.");
const text = "x".repeat(80);

function thrown(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

it("a log that is full by a default has room again once its author says how much it may have", () => {
  const ask = vi.fn<() => { runBytes: number; unsaid?: typeof unsaid }>(() => ({ runBytes: 100, unsaid }));
  const room = new LogRoom(ask, () => 50);
  room.take("x");
  expect(ask).toHaveBeenCalledOnce();
  ask.mockReturnValue({ runBytes: 200 });
  room.take(text);
  expect(room.full).toBe(false);
  expect(thrown(() => room.take(text))).toMatchObject({ limit: 200, unsaid: undefined });
  expect(ask).toHaveBeenCalledTimes(2);
});

it("a log that is full by a default is not said to be too large, for its run and for an input", () => {
  vi.spyOn(console, "error").mockReturnValue();
  const room = new LogRoom(() => ({ runBytes: 100, unsaid }));
  for (const take of [() => room.takeForInput(text), () => room.take(text + text)]) {
    const error = thrown(take);
    expect(error).toBeInstanceOf(LogFullError);
    expect(describeFailure(error)).toEqual({ code: "misconfigured", message: unsaid.message });
  }
  vi.restoreAllMocks();
});

it("a log that is full by what its author said is not asked about again", () => {
  const ask = vi.fn<() => { runBytes: number }>(() => ({ runBytes: 100 }));
  const room = new LogRoom(ask);
  expect(describeFailure(thrown(() => room.take(text + text)))).toMatchObject({ code: "payload_too_large" });
  expect(thrown(() => room.takeForInput(text))).toMatchObject({ limit: 75 });
  expect(ask).toHaveBeenCalledOnce();
});
