import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NetworkError } from "../errors.ts";
import { checkNat, Nat, TCP, UDP, type Flow, type NatOptions } from "./nat.ts";
import { nats } from "./profiles.ts";

const times: NatOptions = { udpMs: 30, tcpMs: 300 };
const flow: Flow = { protocol: UDP, near: 1, nearPort: 40_000, far: 2, farPort: 443 };

describe("a NAT", () => {
  it("keeps the port of a connection, and lets in what answers it", () => {
    const nat = new Nat(times);
    expect(nat.inward(flow, 0)).toBe("unknown");
    expect(nat.outward(flow, true, 0)).toBe(40_000);
    expect(nat.inward(flow, 1)).toBe(40_000);
    expect(nat.inward({ ...flow, far: 3 }, 1)).toBe("unknown");
    expect(nat.inward({ ...flow, protocol: TCP }, 1)).toBe("unknown");
  });

  it.each([
    [UDP, 30],
    [TCP, 300],
  ])("forgets protocol %i after so many ms without a packet, and not before", (protocol, lifeMs) => {
    const nat = new Nat(times);
    const one = { ...flow, protocol };
    nat.outward(one, true, 0);
    expect(nat.inward(one, lifeMs - 1)).toBe(40_000);
    // A packet of either direction keeps it alive.
    expect(nat.outward(one, false, 2 * lifeMs - 2)).toBe(40_000);
    expect(nat.inward(one, 3 * lifeMs - 2)).toBe("forgotten");
  });

  it("gives a connection of UDP that it forgot another port, at which alone it is then answered", () => {
    const nat = new Nat(times);
    nat.outward(flow, true, 0);
    const port = Number(nat.outward(flow, true, 30));
    expect(port).not.toBe(40_000);
    expect(nat.inward({ ...flow, nearPort: port }, 31)).toBe(40_000);
    expect(nat.inward(flow, 31)).toBe("forgotten");
    expect(nat.remapped).toBe(1);
  });

  it("gives it the same port where it is told to keep it", () => {
    const nat = new Nat({ ...times, keepsPort: true });
    nat.outward(flow, true, 0);
    expect([nat.outward(flow, true, 30), nat.inward(flow, 31), nat.remapped]).toEqual([40_000, 40_000, 0]);
  });

  it("lets nothing of a connection of TCP through that it forgot, until it is opened anew", () => {
    const nat = new Nat(times);
    const tcp = { ...flow, protocol: TCP };
    expect(nat.outward(tcp, false, 0)).toBe("unknown");
    nat.outward(tcp, true, 0);
    expect(nat.outward(tcp, false, 300)).toBe("forgotten");
    expect(nat.outward(tcp, false, 301)).toBe("forgotten");
    expect(nat.outward(tcp, true, 302)).toEqual(expect.any(Number));
  });

  it("never has two connections at one port, whatever comes and goes", () => {
    const step = fc.record({ nearPort: fc.integer({ min: 60_998, max: 61_003 }), waitMs: fc.integer({ min: 0, max: 40 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const nat = new Nat(times);
        const ports = new Map<number, { readonly port: number; readonly at: number }>();
        let now = 0;
        for (const { nearPort, waitMs } of steps) {
          now += waitMs;
          const port = Number(nat.outward({ ...flow, nearPort }, true, now));
          const remembered = [...ports].filter(([other, { at }]) => other !== nearPort && now - at < times.udpMs);
          expect(remembered.map(([, one]) => one.port)).not.toContain(port);
          expect(nat.inward({ ...flow, nearPort: port }, now)).toBe(nearPort);
          ports.set(nearPort, { port, at: now });
        }
      }),
    );
  });

  it.each([
    ["udpMs", { udpMs: 0, tcpMs: 1 }],
    ["tcpMs", { udpMs: 1, tcpMs: Number.NaN }],
  ])("refuses a %s that cannot be", (field, options) => {
    expect(() => checkNat(options)).toThrow(NetworkError);
    expect(() => checkNat(options)).toThrow(`nat.${field} must be a number of milliseconds above 0`);
  });
});

it.each(Object.entries(nats))("the NAT %s is one that can be, by its own name, with a source", (name, profile) => {
  expect(profile.name).toBe(name);
  expect(profile.source.length).toBeGreaterThan(20);
  expect(() => new Nat(profile)).not.toThrow();
});
