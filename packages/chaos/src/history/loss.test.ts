import { expect, it } from "vitest";
import type { LogEvent } from "./log.ts";
import { faultsOfLoss } from "./loss.ts";

const lost: LogEvent["chunk"] = { type: "data-lost", data: { after: "e.1", through: "e.3" }, transient: true };
const logOf = (...behind: readonly string[]): LogEvent[] => {
  const chunks: LogEvent["chunk"][] = [{ type: "start" }, lost, lost, ...behind.map((type) => ({ type }))];
  return chunks.map((chunk, index) => ({ seq: index + 1, chunk, hash: "" }));
};

it.each([
  ["interrupted", "error"],
  // Somebody did so between the loss and the end.
  ["cancelled", "abort"],
])("a run that lost events may be %s", (state, closing) => {
  expect(faultsOfLoss(logOf(closing, "data-run-end"), { state, epoch: "e" })).toEqual([]);
});

it("takes inputs until its end, and nothing of the answer", () => {
  expect(faultsOfLoss(logOf("data-input", "data-input", "error", "data-run-end"), { state: "interrupted", epoch: "e" })).toEqual([]);
});

it("a run that lost events neither finishes nor goes on", () => {
  expect(faultsOfLoss(logOf("text-delta", "finish", "data-run-end"), { state: "finished", epoch: "e" })).toEqual([
    "Event 4 is text-delta, and goes on behind a loss.",
    "Event 5 is finish, and goes on behind a loss.",
    "The run is finished, and its log has lost events.",
  ]);
});
