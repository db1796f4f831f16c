import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    setupFiles: "../../scripts/fuzz-seed.mjs",
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Each file starts a workerd of its own and mostly waits for it: two at once, on two cores.
    maxWorkers: 2,
    // Files that share a process load wrangler once, and build a test's Worker once.
    isolate: false,
    globalSetup: ["../../scripts/build-first.mjs", "test/temporary.ts"],
    testTimeout: 60_000,
    // `pnpm soak` kills more often.
    provide: { kills: 3 },
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 60_000,
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
  },
});
