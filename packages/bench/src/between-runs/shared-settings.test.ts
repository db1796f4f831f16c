import { describe, expect, it } from "vitest";
import { makeResults } from "../../test/fixtures/results.ts";
import { resultsSchema, type Condition } from "../results/schema.ts";
import { settingsOf, type NamedRun } from "./shared-settings.ts";

/** A run with one setting. */
function run(file: string, day: string, factors: Condition["factors"]): NamedRun {
  const results = resultsSchema.parse(makeResults());
  const [scenario] = results.scenarios;
  const [condition] = scenario?.conditions ?? [];
  if (scenario === undefined || condition === undefined) throw new Error("The fixture has no setting.");
  return {
    file,
    results: { ...results, startedAt: `${day}T08:00:00.000Z`, scenarios: [{ ...scenario, conditions: [{ ...condition, factors }] }] },
  };
}

const files = (runs: readonly NamedRun[]): string[][] => settingsOf(runs).map((places) => places.map((place) => place.run.file));

describe("the settings that runs share", () => {
  const before = run("before", "2026-11-29", { link: "wifi" });
  const named = run("named", "2026-11-30", { link: "wifi", congestionControl: "cubic" });

  it("are one where no factor that both name differs: before a factor had a name, it was fixed", () => {
    expect(files([before, named])).toEqual([["named", "before"]]);
    expect(files([named, before])).toEqual([["named", "before"]]);
  });

  it("are two where what was fixed before a factor had a name was another value: sockets were compressed", () => {
    const plain = run("plain", "2026-11-30", { link: "wifi", compressed: "no" });
    expect(files([before, plain])).toEqual([["plain"], ["before"]]);
    expect(files([before, run("deflate", "2026-11-30", { link: "wifi", compressed: "yes" })])).toEqual([["deflate", "before"]]);
  });

  it("are two where a factor that both name differs", () => {
    const other = run("other", "2026-11-28", { link: "wifi", congestionControl: "bbr" });
    expect(files([other, named])).toEqual([["named"], ["other"]]);
  });
});
