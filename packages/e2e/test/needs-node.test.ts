/** A program that an older Node is asked to run says so, before it fails somewhere inside. */
import { readFileSync } from "node:fs";
import { whyNotOn } from "@agent-transports/lab/needs-node";
import { expect, it } from "vitest";

const root = new URL("../../../", import.meta.url);

it.each(["20.20.2", "22.11.0", "8.0.0"])("Node %s is refused in one line, with the command that brings another", (version) => {
  expect(whyNotOn("chaos", version)).toBe(`chaos: needs Node 22.12 or later, and this is ${version}. npx -y pnpm@12 chaos brings its own.`);
});

it.each(["22.12.0", "22.22.1", "24.0.0"])("Node %s is taken", (version) => {
  expect(whyNotOn("bench", version)).toBeUndefined();
});

it("the version is that of package.json, and both programs ask", () => {
  const { engines } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { engines: { node: string } };
  expect(whyNotOn("bench", "1.0.0")).toContain(`Node ${engines.node.replace(">=", "")} or later`);
  for (const program of ["bench/bin/transport-bench.js", "chaos/bin/chaos.js"])
    expect(readFileSync(new URL(`packages/${program}`, root), "utf8")).toContain("whyNotOn(");
});
