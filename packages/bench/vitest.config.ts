import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // k6's modules exist inside k6 only: its scripts are tested with stand-ins.
  resolve: { alias: [{ find: /^k6(\/.+)?$/, replacement: fileURLToPath(new URL("test/k6/modules.ts", import.meta.url)) }] },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // `pnpm soak` has these.
    exclude: ["src/**/*.soak.test.ts"],
    // Most of them wait for streams that come at their own pace: more at once than vitest gives to two cores.
    maxWorkers: 3,
    // Cases of the conformance suite in a runtime: they mostly wait, and some have heartbeats of 40 ms.
    maxConcurrency: 3,
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
    // Statistics are seconds of CPU, on cores that others share.
    globalSetup: "../../scripts/build-first.mjs",
    testTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
