import { describe, expect, it } from "vitest";
import { fewUsersWarning } from "./few-users.ts";
import type { LoadPlan } from "./load-options.ts";

const plan = (transport: LoadPlan["transport"], seconds = 15, rate = 10): LoadPlan => ({ name: "steady", transport, rate, seconds });

describe("a share of so few users that none may come", () => {
  it.each([
    ["sse", { sse: 0.01 }, "1.5 of 150 users come over sse, for 3 of"],
    ["ws", { sse: 0.99 }, "1.5 of 150 users come over ws, for 3 of"],
  ])("over %s is warned of", (_transport, transport, what) => {
    expect(fewUsersWarning(plan(transport), 3)).toContain(`By its share, ${what} Artillery's workers: perhaps none does.`);
  });

  it("is not warned of where one comes to each worker, nor where a transport is not used", () => {
    expect(fewUsersWarning(plan({ sse: 0.01 }), 1)).toBeUndefined();
    expect(fewUsersWarning(plan({ sse: 0.5 }), 3)).toBeUndefined();
    for (const transport of ["sse", "ws", { sse: 0 }, { sse: 1 }] as const)
      expect(fewUsersWarning(plan(transport, 1, 1), 3)).toBeUndefined();
  });

  it("counts only workers that have users", () => {
    // One user a second: one worker has all of them.
    expect(fewUsersWarning(plan({ sse: 0.1 }, 20, 1), 7)).toBeUndefined();
    expect(fewUsersWarning(plan({ sse: 0.1 }, 5, 1), 7)).toContain("0.5 of 5 users come over sse, for 1 of");
  });
});
