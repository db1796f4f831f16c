import { defineConfig } from "vitest/config";

/** `pnpm soak`: Artillery itself, which is installed for it where it is not. */
export default defineConfig({
  test: {
    globalSetup: ["../../scripts/build-first.mjs", "./install-artillery.mjs"],
    include: ["test/**/*.soak.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
  },
});
