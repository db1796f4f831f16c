import { defineConfig } from "vitest/config";

/** `pnpm soak`: minutes of statistics, which no edit of anything else can break, and the whole conformance suite at a distance in each runtime. */
export default defineConfig({
  test: {
    include: ["{src,test}/**/*.soak.test.ts"],
    globalSetup: "../../scripts/build-first.mjs",
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
    testTimeout: 240_000,
    // The cases of a runtime mostly wait for the line.
    maxWorkers: 4,
    maxConcurrency: 4,
  },
});
