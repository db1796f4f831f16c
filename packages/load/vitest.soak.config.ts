import { defineConfig } from "vitest/config";

/** `pnpm soak`: Artillery itself, which is installed for it where it is not. `ARTILLERY_SOAK=0` leaves it out, for who has no time. */
const left = process.env["ARTILLERY_SOAK"] === "0";

export default defineConfig({
  test: {
    globalSetup: left ? [] : ["../../scripts/build-first.mjs", "./install-artillery.mjs"],
    include: left ? [] : ["test/**/*.soak.test.ts"],
    passWithNoTests: left,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
  },
});
