import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Most of them wait for sockets, and they share two cores.
    maxWorkers: 2,
    globalSetup: "../../scripts/build-first.mjs",
    testTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
  },
});
