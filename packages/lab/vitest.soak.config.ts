import { defineConfig } from "vitest/config";

/** `pnpm soak`: a million packets at 5,000 a second. */
export default defineConfig({
  test: {
    globalSetup: "../../scripts/build-first.mjs",
    include: ["test/network/many-datagrams.test.ts"],
    provide: { datagrams: 1_000_000 },
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
    testTimeout: 480_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
