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
