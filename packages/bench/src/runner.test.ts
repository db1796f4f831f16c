import { afterEach, describe, expect, it, vi } from "vitest";
import { emptyResult } from "./runner.ts";
import { halfOpen } from "./scenarios/half-open.ts";
import { proxy } from "./scenarios/proxy.ts";
import { uplink } from "./scenarios/uplink.ts";

describe("what is not run", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("is nothing, where the machine and the time are there", async () => {
    const { notRun, conditions } = await emptyResult(uplink, "quick", false);
    expect([notRun, conditions]).toEqual([null, uplink.conditions]);
  });

  it("is a scenario for which a depth has no time, and it says which depths have it", async () => {
    const groups = { quick: 0, standard: 5, full: 5 };
    expect((await emptyResult({ ...uplink, groups }, "quick", false)).notRun).toBe(
      "It takes longer than --quick has: run it with --standard or --full.",
    );
    expect((await emptyResult({ ...uplink, groups }, "standard", false)).notRun).toBeNull();
  });

  it("is a scenario that needs nginx, where there is none", async () => {
    vi.stubEnv("NGINX_PATH", "/nowhere/nginx");
    expect((await emptyResult(proxy, "quick", false)).notRun).toContain("There is no nginx at /nowhere/nginx");
    expect((await emptyResult(halfOpen, "quick", false)).notRun).toBeNull();
  });

  it("is what a deployment cannot be asked, before anything about this machine", async () => {
    vi.stubEnv("NGINX_PATH", "/nowhere/nginx");
    expect((await emptyResult(proxy, "quick", true)).notRun).toBe(proxy.notRemote);
  });

  it("is a condition for which a depth has no time; the others are run", async () => {
    vi.stubEnv("NGINX_PATH", process.execPath);
    const { notRun, conditions } = await emptyResult(proxy, "quick", false);
    expect(notRun).toBeNull();
    expect(conditions.filter((condition) => condition.notRun === undefined).map(({ id }) => id)).toEqual(["off", "held"]);
    expect(conditions.find(({ id }) => id === "gzip")?.notRun).toBe("It takes longer than --quick has.");
  });

  it("is HTTP/2 without the openssl that makes its certificate, with everything else run", async () => {
    vi.stubEnv("NGINX_PATH", process.execPath);
    vi.stubEnv("PATH", "/nowhere");
    const { conditions } = await emptyResult(proxy, "standard", false);
    expect(conditions.filter((condition) => condition.notRun !== undefined).map(({ id, notRun }) => [id, notRun])).toEqual([
      ["http2", "There is no openssl, which makes the certificate for TLS."],
    ]);
  });
});
