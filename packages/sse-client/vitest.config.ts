import { defineConfig } from "vitest/config";

export default defineConfig({
  // The slow application's case moves 26 MB, which takes its time on a machine that is busy.
  test: {
    setupFiles: "../../scripts/fuzz-seed.mjs",
    globalSetup: "../../scripts/build-first.mjs",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
  },
});
