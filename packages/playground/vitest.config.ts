import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Pages mostly wait, and each draws: more at once, on two cores, and a click comes too late for what it is to break.
    maxWorkers: 1,
    maxConcurrency: 3,
    globalSetup: "../../scripts/build-first.mjs",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
  },
});
