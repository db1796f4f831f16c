import { defineConfig } from "vitest/config";

/** `pnpm soak`: the network between two kernels, one file after another. A million packets at 5,000 a second take 200 s: DATAGRAMS=1000000. */
export default defineConfig({
  test: {
    globalSetup: "../../scripts/build-first.mjs",
    include: ["test/network/**/*.test.ts"],
    provide: { datagrams: Number(process.env["DATAGRAMS"] ?? 100_000) },
    maxWorkers: 1,
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
    testTimeout: 480_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
