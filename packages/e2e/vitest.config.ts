import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Its page asks for heartbeats of a second, and must lose no stream to a machine that is busy with others. */
const alone = ["test/page/limit.test.ts"];

/** Minutes each. vitest takes the largest files first where it has no times of an earlier run, and these are small. */
const long = ["test/runtimes/chromium.test.ts", "test/chat/ai-versions.test.ts", "test/readme/readme.test.ts"];

/** Many of their cases give an answer some tens of milliseconds: beside more than one other they lose that race. */
const runtimes = "test/runtimes/*.test.ts";

const isLong = ({ moduleId }: TestSpecification): boolean => long.some((file) => moduleId.endsWith(file));

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    setupFiles: "../../scripts/fuzz-seed.mjs",
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
    globalSetup: "../../scripts/build-first.mjs",
    testTimeout: 60_000,
    // A hook that starts a Worker or a browser, on a machine that is busy.
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/**/*.test.ts"],
          // `pnpm soak` has the first.
          exclude: ["test/**/*.soak.test.ts", runtimes, ...alone],
          // Most of them wait for streams that come at their own pace: more at once than vitest gives to two cores.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "runtimes",
          include: [runtimes],
          exclude: ["test/**/*.soak.test.ts"],
          maxWorkers: 2,
          // They mostly wait, and some have heartbeats of 40 ms.
          maxConcurrency: 2,
          sequence: { groupOrder: 1 },
        },
      },
      // Behind the others.
      { extends: true, test: { name: "alone", include: alone, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
});
