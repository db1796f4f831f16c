import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    setupFiles: "../../scripts/fuzz-seed.mjs",
    // Properties are tried on thousands of values: seconds of CPU, on cores that other packages' tests share.
    testTimeout: 60_000,
    include: ["src/**/*.test.ts"],
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
  },
});
