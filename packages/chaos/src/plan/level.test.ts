import { expect, it } from "vitest";
import { levelOf } from "./level.ts";

it.each([
  ["1-s0_event", { level: "event", windowMs: 0, forgets: false }],
  ["1-k0-3_125", { level: "window", windowMs: 125, forgets: false }],
  ["1-s12_behind80", { level: "behind", windowMs: 80, forgets: false }],
  ["caught-4_forgets5000", { level: "behind", windowMs: 5_000, forgets: true }],
])("an agent named %s stores its events as its name says", (name, level) => {
  expect(levelOf(name)).toEqual(level);
});
