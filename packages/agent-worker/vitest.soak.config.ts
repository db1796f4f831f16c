import { defineConfig } from "vitest/config";

/** `pnpm soak`: as many kills as a figure is worth; fewer where KILLS says so. */
export default defineConfig({
  test: {
    setupFiles: "../../scripts/fuzz-seed.mjs",
    globalSetup: ["../../scripts/build-first.mjs", "test/temporary.ts"],
    include: ["test/killed.test.ts", "test/answered.test.ts"],
    provide: { kills: Number(process.env["KILLS"] ?? 50) },
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
    testTimeout: 300_000,
  },
});
