import { builtInTraffic } from "@agent-transports/lab/traffic";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LocalLab } from "../src/lab/lab.ts";
import { openLocalLab } from "../src/lab/local.ts";
import { binary } from "../src/scenarios/binary.ts";
import { seededRandom } from "../src/stats/index.ts";

let lab: LocalLab;
beforeAll(async () => {
  lab = await openLocalLab({ traffic: builtInTraffic(), random: seededRandom(1), port: 0, handicap: null, arms: [] });
});
afterAll(() => lab.close());

// Base64 is a third longer; what else is on the wire is headers, ids and acknowledgements.
it.each([
  { arm: "sse", size: "64k", down: [1_333, 1_400], up: [1_000, 1_050] },
  { arm: "ws", size: "64k", down: [1_000, 1_020], up: [1_000, 1_020] },
] as const)(
  "bytes of $size make a round trip over $arm, unchanged and at the expected size on the wire",
  { timeout: 120_000 },
  async ({ arm, size, down, up }) => {
    const setting = binary.settings.find(({ id }) => id === size)!;
    const { samples, integrity } = await setting.measure(lab, arm);
    expect(integrity).toMatchObject({ lost: 0, repeated: 0, reordered: 0 });
    expect(samples["thereAndBack"]).toHaveLength(samples["accepted"]!.length);
    for (const [metric, [least, most]] of [["down", down] as const, ["up", up] as const]) {
      expect(samples[metric]![0]).toBeGreaterThanOrEqual(least);
      expect(samples[metric]![0]).toBeLessThanOrEqual(most);
    }
  },
);
