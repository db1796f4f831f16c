import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    setupFiles: "../../scripts/fuzz-seed.mjs",
    globalSetup: "../../scripts/build-first.mjs",
    // Properties are tried on thousands of sequences: seconds of CPU, on cores that other packages' tests share.
    testTimeout: 60_000,
    // They keep no state between them. A process for each file would load the same modules again.
    isolate: false,
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    provide: { interleavings: 2_000 },
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
  },
});
