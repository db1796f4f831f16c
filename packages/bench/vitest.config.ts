import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** They ask how long something takes: beside others, on two cores, it takes longer. */
const timed = ["test/network-scenarios.test.ts", "test/end-to-end.test.ts", "test/nginx-scenarios.test.ts"];

/** Minutes each. vitest takes the largest files first where it has no times of an earlier run, and these are small. */
const long = ["test/cli.test.ts", "test/peers.test.ts"];

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
    // Statistics are seconds of CPU, on cores that others share.
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
          name: "unit",
          include: ["src/**/*.test.ts"],
          // `pnpm soak` has them.
          exclude: ["src/**/*.soak.test.ts"],
          // They keep no state between them. A process for each file would spend a quarter of their CPU on loading the same modules again.
          isolate: false,
          sequence: { groupOrder: 0 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "bench",
          include: ["test/**/*.test.ts"],
          exclude: timed,
          // They wait for streams that come at their own pace. More at once, beside the end-to-end tests, and they run into their limits.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // Behind the others, and one after another.
      { extends: true, test: { name: "timed", include: timed, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
