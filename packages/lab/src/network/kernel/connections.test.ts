import { expect, it } from "vitest";
import { connectionsIn } from "./connections.ts";

const controls = ["reno", "bbr", "cubic"];
const said = [
  "0      0               198.19.0.2:443         198.18.0.2:51432 ",
  "\t cubic wscale:7,7 rto:264 rtt:60.1/0.2 mss:1448 cwnd:10 bytes_sent:2537",
  "0      0      [::ffff:198.19.0.2]:8080 [::ffff:198.18.0.2]:51434",
  "\t ts sack ecn bbr wscale:7,7 rto:264 bbr:(bw:1bps,mrtt:60) cwnd:4",
  "0      0                127.0.0.1:8080          127.0.0.1:60000 ",
  "\t reno wscale:7,7",
  "0      0       [::ffff:127.0.0.1]:8080 [::ffff:127.0.0.1]:60002",
  "\t reno wscale:7,7",
  "",
].join("\n");

it("connections with the other side have their congestion control, and those of a side's own loopback are left out", () => {
  expect(connectionsIn(said, controls)).toEqual([
    { local: "198.19.0.2:443", peer: "198.18.0.2:51432", congestionControl: "cubic" },
    { local: "[::ffff:198.19.0.2]:8080", peer: "[::ffff:198.18.0.2]:51434", congestionControl: "bbr" },
  ]);
  expect(connectionsIn("", controls)).toEqual([]);
});

it("a connection of which nothing is said of its congestion control is an error, and no guess", () => {
  expect(() => connectionsIn(said, ["reno", "cubic"])).toThrow("ss names no congestion control that this kernel has (reno, cubic): 0");
});
