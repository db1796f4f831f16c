import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // k6's modules exist inside k6 only: its scripts are tested with stand-ins.
  resolve: { alias: [{ find: /^k6(\/.+)?$/, replacement: fileURLToPath(new URL("test/k6/modules.ts", import.meta.url)) }] },
  test: {
    setupFiles: "../../scripts/fuzz-seed.mjs",
    // The cores are shared with other packages' tests.
    globalSetup: "../../scripts/build-first.mjs",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // `pnpm soak` has them.
    exclude: ["test/**/*.soak.test.ts"],
    reporters: ["default", ["json", { outputFile: "test-results.json" }]],
  },
});
