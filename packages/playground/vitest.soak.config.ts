import { defineConfig } from "vitest/config";
import { shared, takesLong } from "./vitest.config.ts";

/** `pnpm soak`: what would make two cores so busy, beside the tests of other packages, that all of them are late. */
export default defineConfig({
  test: {
    ...shared,
    include: [...takesLong, ...["accessible", "page"].map((name) => `test/${name}.test.ts`)],
    provide: { soak: true },
    reporters: ["default", ["json", { outputFile: "test-results-soak.json" }]],
  },
});
