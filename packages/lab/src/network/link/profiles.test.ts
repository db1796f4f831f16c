import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LinkQueue } from "./link.ts";
import { profiles } from "./profiles.ts";
import { recordedLink } from "./recording.ts";

describe("the profiles", () => {
  it.each(Object.entries(profiles))("%s is a link that can be, by its own name, with a source", (name, profile) => {
    expect(profile.name).toBe(name);
    expect(profile.source.length).toBeGreaterThan(20);
    for (const path of [profile.down, profile.up]) expect(() => new LinkQueue(path, 1, 0)).not.toThrow();
  });

  it("have tunnels of 2, 10 and 40 s on the train", () => {
    const lengths = profiles["train-with-tunnels"].down.blackouts?.windows.map(({ fromMs, toMs }) => toMs - fromMs);
    expect(lengths).toEqual([2_000, 10_000, 40_000]);
  });

  it("hold what their source says of rates and round trips", () => {
    const { down, up } = profiles["slow-3g"];
    expect([down.capacity, up.capacity, down.delayMs + up.delayMs]).toEqual([{ bitsPerSecond: 780_000 }, { bitsPerSecond: 330_000 }, 200]);
    expect(profiles.continent.down.delayMs + profiles.continent.up.delayMs).toBe(78.75);
  });
});

describe("a recorded link", () => {
  it("is two files, and says of both how long, how fast and how silent they are", async () => {
    const folder = await mkdtemp(join(tmpdir(), "link-"));
    try {
      await writeFile(join(folder, "a.down"), "1\n2\n1000\n");
      await writeFile(join(folder, "a.up"), "500\n1000\n");
      const link = await recordedLink(`${folder}/a.down,${folder}/a.up`, { delayMs: 7 });
      expect(link.name).toBe("a.down");
      expect(link.source).toContain("a.down: 1 s, 0.0 Mbit/s, silent for up to 998 ms");
      expect(link.source).toContain("a.up: 1 s");
      expect(link.down.delayMs).toBe(7);
      expect(link.up.capacity).toMatchObject({ trace: { atMs: [500, 1_000] } });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each(["a.down", "a.down,", "a.down,b.up,c"])("is refused where %j is not two files", async (files) => {
    await expect(recordedLink(files)).rejects.toMatchObject({
      code: "trace_unreadable",
      message: expect.stringContaining("FILE.down,FILE.up"),
    });
  });
});
