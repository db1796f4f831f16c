import { expect, it } from "vitest";
import { withoutCongestionControl } from "./allowed.ts";

it("a congestion control that the kernel does not have is refused with what it has, and with what loads the other one", () => {
  expect(withoutCongestionControl("bbr", ["reno", "cubic"])).toBe(
    "This kernel has no congestion control bbr (it has reno, cubic): load its module with sudo modprobe tcp_bbr.",
  );
  expect(withoutCongestionControl("bbr", ["reno", "bbr"])).toBeNull();
  expect(withoutCongestionControl("cubic", [])).toContain("it has none");
});
