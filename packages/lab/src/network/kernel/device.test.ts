import { expect, it } from "vitest";
import { parseDevice, parseToNobody } from "./device.ts";

const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  near: 1066798    2010    1    2    0     0          0         0   107055    2015    3    4    0     0       0          0
`;

it("reads what the kernel counts at a device, its errors with its drops", () => {
  expect(parseDevice(text, "near")).toEqual({ received: 2_010, receivedDropped: 3, sent: 2_015, sentDropped: 7 });
});

it("says which device is not there", () => {
  expect(() => parseDevice(text, "far")).toThrow("There is no device far here.");
});

it("reads how many packets came for nobody's address, and says where the kernel does not tell", () => {
  const snmp = "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors\nIp: 2 64 41 0 3\nIcmp: InMsgs\nIcmp: 7\n";
  expect(parseToNobody(snmp)).toBe(3);
  expect(() => parseToNobody("Icmp: InMsgs\nIcmp: 7\n")).toThrow("nobody's address");
});
