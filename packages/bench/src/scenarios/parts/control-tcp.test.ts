import type { TcpConnection } from "@agent-transports/lab/network";
import { describe, expect, it } from "vitest";
import { controlTcp } from "./control-tcp.ts";

type Sides = Parameters<typeof controlTcp>[0];

/** Two sides whose connections are made by hand. What a kernel gives a new one is what it was told last, but for a deaf one. */
function sides(isDeaf = false): Sides & { connect: (port: number) => void } {
  const make = (name: "near" | "far") => {
    let [congestionControl, initialWindow] = ["cubic", 10];
    const open: TcpConnection[] = [];
    return {
      name,
      open,
      settings: () => ({ congestionControl, availableCongestionControls: [], initialWindow, slowStartAfterIdle: true }),
      setInitialWindow: (segments: number | null) => void (initialWindow = segments ?? 10),
      setCongestionControl: (control: string | null) => void (congestionControl = control ?? "reno"),
      connections: () => open,
      connect: (port: number) =>
        open.push({ local: `${name}:${port}`, peer: "other:1", congestionControl: isDeaf ? "cubic" : congestionControl }),
    };
  };
  const [near, far] = [make("near"), make("far")];
  return {
    near,
    far,
    connect(port) {
      near.connect(port);
      far.connect(port);
    },
  };
}

describe("what TCP is controlled with during a block", () => {
  it("is counted by side from the connections that were made meanwhile, and is the usual one afterwards", () => {
    const { connect, ...both } = sides();
    connect(1);
    const control = controlTcp(both, { congestionControl: "bbr", initialWindow: 300 });
    connect(2);
    connect(3);
    expect(control.inForce(true)).toEqual({ initialWindow: 300, nearTcpBbr: 2, farTcpBbr: 2 });
    control.reset();
    expect([both.near, both.far].map((side) => side.settings())).toMatchObject([
      { congestionControl: "cubic", initialWindow: 10 },
      { congestionControl: "cubic", initialWindow: 10 },
    ]);
  });

  it("is counted where nothing is asked for, too, and nothing is changed", () => {
    const { connect, ...both } = sides();
    const control = controlTcp(both, {});
    expect(control.inForce(false)).toEqual({ initialWindow: 10 });
    connect(1);
    expect(control.inForce(true)).toEqual({ initialWindow: 10, nearTcpCubic: 1, farTcpCubic: 1 });
  });

  it("spoils the block where a connection has another one than was asked for", () => {
    const { connect, ...both } = sides(true);
    const control = controlTcp(both, { congestionControl: "bbr" });
    connect(1);
    expect(() => control.inForce(true)).toThrow("TCP was to be controlled by bbr on both sides, and the near one has cubic.");
  });

  it("spoils the block where no connection is open to tell by, but for HTTP/3, which has none", () => {
    const { connect: _none, ...both } = sides();
    const control = controlTcp(both, { congestionControl: "bbr" });
    expect(() => control.inForce(true)).toThrow("No connection of TCP is open on the near side");
    expect(control.inForce(false)).toEqual({ initialWindow: 10 });
  });
});
