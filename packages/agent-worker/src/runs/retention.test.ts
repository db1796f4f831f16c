import { expect, it } from "vitest";
import { standing } from "./retention.ts";

const now = 10_000_000;
const at = now + 60_000;
const schedule = (seconds: number): { readonly time: number } => ({ time: now / 1_000 + seconds });
const [due, under, before, behind] = [schedule(-30), schedule(0), schedule(30), schedule(90)] as const;

it.each<[string, readonly { readonly time: number }[], boolean, readonly { readonly time: number }[]]>([
  ["none", [], false, []],
  ["one that comes before it", [before, behind], true, [before, behind]],
  ["only one that comes later, which is in the way", [behind], false, [behind]],
  ["one whose call may be under way", [due, under, behind], false, [behind]],
])("a sweep that is needed finds %s", (_what, schedules, comesInTime, later) => {
  expect(standing(schedules, at, now)).toEqual({ comesInTime, later });
});
