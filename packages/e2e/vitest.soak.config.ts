import { defineConfig } from "vitest/config";

/** `pnpm soak`: the whole conformance suite at a distance, in each runtime. */
export default defineConfig({
  test: {
    setupFiles: "../../scripts/fuzz-seed.mjs",
    include: ["test/**/*.soak.test.ts"],
    globalSetup: "../../scripts/build-first.mjs",
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
    testTimeout: 240_000,
    // Cases at a distance mostly wait.
    maxWorkers: 2,
    maxConcurrency: 8,
  },
});
