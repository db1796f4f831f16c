import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { listen } from "../listen.ts";
import { linux, needs } from "../needs.ts";
import { portOutsideEphemeral } from "./index.ts";

describe("a port for a Worker that comes back on it", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([0, 0.5, 1 - 2 ** -32])("is none that the kernel gives to those who ask for any, drawn at %d", needs(linux), async (drawn) => {
    const [first] = (await readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8")).split(/\s/);
    vi.spyOn(Math, "random").mockReturnValueOnce(drawn);
    const port = await portOutsideEphemeral();
    // Browsers refuse 10080.
    expect(port).toBeGreaterThan(10_080);
    // Of a machine that gives all of these to anybody, none is outside.
    expect(port).toBeLessThan(Number(first) > 10_081 ? Number(first) : 65_536);
  });

  it("is free", async () => {
    const drawn = Math.random() / 2;
    vi.spyOn(Math, "random")
      .mockReturnValueOnce(drawn)
      .mockReturnValueOnce(drawn)
      .mockReturnValueOnce(drawn + 0.5);
    const server = createServer();
    onTestFinished(() => void server.close());
    const taken = await listen(server, await portOutsideEphemeral());
    expect(await portOutsideEphemeral()).toBeGreaterThan(taken);
  });
});
