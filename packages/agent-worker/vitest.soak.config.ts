import { defineConfig } from "vitest/config";

/** `pnpm soak`: as many kills as a figure is worth. */
export default defineConfig({
  test: {
    globalSetup: ["../../scripts/build-first.mjs", "test/temporary.ts"],
    include: ["test/killed.test.ts"],
    provide: { kills: 50 },
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
    testTimeout: 300_000,
  },
});
