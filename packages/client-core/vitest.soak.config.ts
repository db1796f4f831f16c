import { defineConfig } from "vitest/config";

/** `pnpm soak`: as many interleavings as a minute has room for. */
export default defineConfig({
  test: {
    setupFiles: "../../scripts/fuzz-seed.mjs",
    globalSetup: "../../scripts/build-first.mjs",
    include: ["test/interleavings.test.ts"],
    provide: { interleavings: 10_000 },
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
    testTimeout: 240_000,
  },
});
