import { join } from "node:path";
import { defineConfig } from "vite";

const packages = join(import.meta.dirname, "..");

/**
 * The page imports the clients by their names, as a user does. They are taken from their sources here, so that `dev`, `demo` and `deploy` need no build
 * of them. Each builds the page once, when it starts: a change in the page or in a client is there after the next start.
 */
const sources = [
  { find: /^@agent-transports\/client-core\/ai$/, replacement: join(packages, "client-core/src/ai/index.ts") },
  { find: /^@agent-transports\/([\w-]+)$/, replacement: join(packages, "$1/src/index.ts") },
  { find: /^@agent-transports\/([\w-]+)\/([\w-]+)$/, replacement: join(packages, "$1/src/$2.ts") },
];

export default defineConfig({
  resolve: { alias: sources },
  build: {
    // The Worker serves this folder (`assets` in packages/agent-worker/wrangler.jsonc).
    outDir: join(packages, "agent-worker/public"),
    emptyOutDir: true,
    // The Worker is not asked for these (`run_worker_first` there): `public/_headers` has their headers.
    assetsDir: "page/assets",
    // A `data:` script or style would need a policy that allows it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    rolldownOptions: {
      input: ["index.html", "page/chat.html"].map((document) => join(import.meta.dirname, document)),
      // "use client" of the AI SDK is for servers that render React.
      onwarn: (warning, warn) => {
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
});
