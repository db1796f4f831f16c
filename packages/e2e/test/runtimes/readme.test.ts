import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { installedVersions } from "./versions.ts";

it.each(["sse", "ws"])("the README of %s-client lists the runtimes that it was tested in", async (transport) => {
  const readme = await readFile(new URL(`../../../${transport}-client/README.md`, import.meta.url), "utf8");
  const { bun, deno, workerd } = await installedVersions();
  const tested = `workerd ${workerd}, Chromium \\d+, Bun ${bun} and Deno ${deno} (`;
  expect(readme).toMatch(new RegExp(tested.replaceAll(".", "\\.").replace("(", "\\(")));
  expect(readme).toContain(`Node ${process.versions.node} (`);
});
