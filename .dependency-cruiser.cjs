// `pnpm circles`: no circle of files, and none of folders. `pnpm boundaries` has the arrows between packages.

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-circle-of-files",
      comment: "Two files that need each other are one thing, or have a third one in them. Types count: a reader follows them too.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-circle-of-folders",
      comment: "Folders are layers: one arrow of this circle runs back. Move what it points at to where both may take it.",
      scope: "folder",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-node-in-clients",
      comment: "The clients run in browsers, Workers, Bun and Deno.",
      severity: "error",
      from: { path: "^packages/(protocol|client-core|sse-client|ws-client)/src/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "only-what-a-worker-has",
      comment: "The Agent runs in workerd, and whoever extends it installs nothing that runs Workers.",
      severity: "error",
      from: { path: "^packages/agent-worker/src/" },
      to: {
        path: "^(node:|assert|child_process|fs|http|https|net|os|process|tls|worker_threads)|/(miniflare|wrangler)/",
        pathNot: "^(node:)?(crypto|diagnostics_channel)$",
      },
    },
  ],
  options: {
    // A test may know everything.
    exclude: { path: ["(^|/)(dist|node_modules|test)/", "\\.test\\.tsx?$"] },
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".tsx", ".mjs", ".js"] },
    reporterOptions: { text: { highlightFocused: true } },
  },
};
