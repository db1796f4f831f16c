import { expect, it } from "vitest";
import { agentTable } from "./table.ts";

it("prints medians over the rounds, and their ratios to the named peers of the same run", () => {
  const sample = (arm: string, round: number, wallMs: number) => ({ test: "fast", arm, round, tokens: 1_000, wallMs, cpuMs: wallMs / 10 });
  const table = agentTable([
    ...[1_000, 2_000, 9_000].map((wallMs, round) => sample("relay", round, wallMs)),
    ...[8_000, 8_000, 8_000].map((wallMs, round) => sample("ai-chat", round, wallMs)),
    ...[3_000, 4_000, 5_000].map((wallMs, round) => sample("ours-sse", round, wallMs)),
  ]);
  const row = table.split("\n").find((line) => line.startsWith("ours over SSE"));
  // 4 s: 2.00 of the relay's 2 s, no figure for a peer that was not run, 0.50 of AIChatAgent's 8 s; then the CPU's.
  expect(row?.trim().split(/\s{2,}/)).toEqual(["ours over SSE", "4.00", "2.00", "NaN", "0.50", "400.0", "2.00", "NaN", "0.50"]);
});
