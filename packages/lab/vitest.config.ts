import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    setupFiles: "../../scripts/fuzz-seed.mjs",
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // The network proves itself by times between two kernels: `pnpm soak` runs that, with nothing beside it.
    exclude: ["test/network/**"],
    // Most of them wait for sockets, and they share two cores.
    maxWorkers: 2,
    globalSetup: "../../scripts/build-first.mjs",
    testTimeout: 60_000,
    // A hook that starts a Worker or a browser, on a machine that is busy.
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
  },
});
