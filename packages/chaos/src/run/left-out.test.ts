import { describe, expect, it } from "vitest";
import { readOptions } from "../options.ts";
import { leaveOut } from "./left-out.ts";

const lacking =
  (why: string | null): (() => Promise<string | null>) =>
  () =>
    Promise.resolve(why);
const nothing = { kills: lacking("no /proc"), packets: lacking("no root"), clocks: lacking("no cc") };

describe("what a machine cannot do", () => {
  it("is left out where nobody asked for it, and says why", async () => {
    const { options, leftOut } = await leaveOut(readOptions([]), nothing);
    expect(options).toMatchObject({ streams: 1_000, kills: 0, packets: 0, clocks: 0, evictions: 20 });
    expect(leftOut).toEqual([
      { what: "kills", why: "no /proc" },
      { what: "packets", why: "no root" },
      { what: "clocks", why: "no cc" },
    ]);
  });

  it("is kept where somebody asked for it by name, whose error says what is missing", async () => {
    const { options, leftOut } = await leaveOut(readOptions("--packets 5 --clocks 0".split(" ")), nothing);
    expect(options).toMatchObject({ kills: 0, packets: 5, clocks: 0 });
    expect(leftOut.map(({ what }) => what)).toEqual(["kills"]);
  });

  it("is kept where a kind of lost packets is asked for by name", async () => {
    const { options, leftOut } = await leaveOut(readOptions("--faults reset,loss --clocks 0".split(" ")), nothing);
    expect(options).toMatchObject({ kills: 0, packets: 40, clocks: 0 });
    expect(leftOut.map(({ what }) => what)).toEqual(["kills"]);
  });

  it("is nothing where all is there", async () => {
    const all = { kills: lacking(null), packets: lacking(null), clocks: lacking(null) };
    const asked = readOptions([]);
    expect(await leaveOut(asked, all)).toEqual({ options: asked, leftOut: [] });
  });
});
