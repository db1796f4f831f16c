/** A program with a network that is ended in one way or another: `leaves-nothing.test.ts` looks at what is left of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openNetwork, profiles } from "../../src/network/index.ts";

const way = process.argv[2];
const network = await openNetwork({ down: profiles.lte.down, up: profiles.lte.up, seed: 1 });
const children = [network.near, network.far].map((side) =>
  side.inside(() => spawn("sh", ["-c", "sleep 1000 & echo; wait"], { stdio: ["ignore", "pipe", "ignore"] })),
);
// The grandchildren are there.
for (const child of children) await once(child.stdout, "data");
process.stdout.write(`${JSON.stringify({ children: children.map(({ pid }) => pid) })}\n`);

process.stdin.once("data", () => {
  if (way === "throw") throw new Error("A crash, which the test asked for.");
  if (way === "exit") process.exit(0);
  if (way === "end") {
    // Nothing is closed. What is open keeps a program alive, and a network does not.
    for (const child of children) {
      child.stdout.destroy();
      child.unref();
    }
    process.stdin.destroy();
  }
});
