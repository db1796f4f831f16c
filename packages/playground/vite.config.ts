import { join } from "node:path";
import { defineConfig } from "vite";

const packages = join(import.meta.dirname, "..");

/**
 * The page imports the clients by their names, as a user does. They are taken from their sources here, so that `dev`, `demo` and `deploy` need no build
 * of them, and `dev` shows a change in them.
 */
const sources = [
  { find: /^@agent-transports\/client-core\/ai$/, replacement: join(packages, "client-core/src/ai/index.ts") },
  { find: /^@agent-transports\/([\w-]+)$/, replacement: join(packages, "$1/src/index.ts") },
  { find: /^@agent-transports\/([\w-]+)\/([\w-]+)$/, replacement: join(packages, "$1/src/$2.ts") },
];

export default defineConfig({
  resolve: { alias: sources },
  build: {
    // The Worker serves this folder (`assets` in its wrangler.jsonc).
    outDir: join(packages, "agent-worker/public"),
    emptyOutDir: true,
    // The Worker takes this path for files of the page: routing/playground.ts.
    assetsDir: "page",
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
