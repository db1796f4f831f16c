import { defineConfig } from "vitest/config";

/** `pnpm soak`: minutes of statistics, which no edit of anything else can break. */
export default defineConfig({
  test: {
    include: ["src/**/*.soak.test.ts"],
    exclude: process.env["ARTILLERY_SOAK"] === "0" ? ["src/load/**"] : [],
    globalSetup: "../../scripts/build-first.mjs",
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
    testTimeout: 240_000,
  },
});
