import { defineConfig } from "vitest/config";

/** `pnpm soak` has them. */
export const takesLong = [
  "src/link/conformance.test.ts",
  ...["ask", "chat", "fast", "kill", "offline", "panels", "plain", "refused"].map((name) => `test/${name}.test.ts`),
];

export const shared = {
  // Pages mostly wait, and each draws: more at once, on two cores, and a click comes too late for what it is to break.
  maxWorkers: 1,
  maxConcurrency: 3,
  globalSetup: "../../scripts/build-first.mjs",
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 20_000 } },
};

export default defineConfig({
  test: {
    ...shared,
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: takesLong,
    provide: { soak: false },
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
  },
});
