import { defineConfig } from "vitest/config";

/** `pnpm soak`: the whole conformance suite at a distance, in each runtime. */
export default defineConfig({
  test: {
    include: ["test/**/*.soak.test.ts"],
    globalSetup: "../../scripts/build-first.mjs",
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
    testTimeout: 240_000,
    // A runtime beside another one may be so busy that a reset takes what it has not read yet.
    maxWorkers: 1,
    maxConcurrency: 3,
  },
});
