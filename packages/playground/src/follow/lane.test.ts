import { expect, it } from "vitest";
import { Lane, type LaneUser } from "./lane.ts";

const nobody: LaneUser = {
  begun: () => undefined,
  events: () => undefined,
  connection: () => undefined,
  changed: () => undefined,
  ended: () => undefined,
  failed: () => undefined,
  compared: () => undefined,
  notCompared: () => undefined,
};

it("counts as broken a run that is asked for on a connection which only looks open", () => {
  const lane = new Lane("ws", { url: "http://127.0.0.1:9", name: "n", token: () => undefined }, nobody);
  // As an idle client has one.
  const wire = lane.link.port().open(() => undefined);
  lane.link.halfOpen();
  lane.resume("a-run");
  expect(lane.record.faults).toMatchObject([{ fault: "half-open" }]);
  wire?.close();
  lane.resume("a-run");
  expect(lane.record.faults).toEqual([]);
  lane.leave();
});
