import { describe, expect, it } from "vitest";
import { makeHerd } from "../../test/fixtures/herd.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { backAt, herdOf } from "./herd.ts";

const scenario = makeHerd();

describe("a herd", () => {
  const herd = herdOf(scenario, "clients-40");
  const [sse, ws] = herd?.arms ?? [];

  it("counts the attempts in each 100 ms since the cut, without earlier ones", () => {
    expect(sse?.attempts).toEqual([40]);
    expect(ws?.attempts).toEqual([40, 0, 0, 40]);
    expect([sse?.clients, sse?.blocks]).toEqual([40, 2]);
  });

  it("reports when half, 95 % and all were back", () => {
    expect([0.5, 0.95, 1].map((share) => backAt(sse!, share))).toEqual([74, 92, 94]);
    expect([0.5, 1].map((share) => backAt(ws!, share))).toEqual([324, 344]);
  });

  it("counts those that never came back, and gives no time for a share that was not reached", () => {
    const lost = herdOf(
      {
        ...scenario,
        blocks: scenario.blocks.map((block) => ({
          ...block,
          timeline: block.timeline?.filter(({ lane, kind, tMs }) => !(lane === "client-3" && kind === "open" && tMs > 500)),
        })) as typeof scenario.blocks,
      },
      "clients-40",
    );
    expect(lost?.arms[0]?.away).toBe(2);
    expect(backAt(lost!.arms[0]!, 1)).toBeNull();
    expect(backAt(lost!.arms[0]!, 0.5)).not.toBeNull();
  });

  it("is not derived from the timelines of single connections", () => {
    const reconnect = makeResults().scenarios.find(({ name }) => name === "reconnect")!;
    expect(herdOf(reconnect, "reset")).toBeNull();
  });
});
