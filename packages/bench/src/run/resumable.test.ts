import { describe, expect, it } from "vitest";
import { makeResults } from "../../test/fixtures/results.ts";
import type { Environment, Results } from "../results/schema.ts";
import { assertResumable, assertSameScenarios } from "./resumable.ts";
import { emptyResult } from "./runner.ts";
import { scenarios } from "../scenarios/index.ts";

const cut: Results = { ...makeResults({ groups: 1 }), status: "interrupted" };
const here = cut.environment;
const chosen = scenarios.slice(0, 2);
const real: Results = {
  ...cut,
  options: { ...cut.options, scenarios: chosen.map(({ name }) => name) },
  scenarios: chosen.map((scenario) => emptyResult(scenario, null, cut.options.depth)),
};

describe("resuming a run", () => {
  it("is allowed with the same program on the same machine", () => {
    expect(() => assertResumable(cut, here, false)).not.toThrow();
    // Load and the lateness of timers differ from minute to minute.
    expect(() => assertResumable(cut, { ...here, loadAverageAtStart: [9, 9, 9] }, false)).not.toThrow();
  });

  it.each<[string, Partial<Environment>, string]>([
    ["commit", { commit: "f".repeat(40) }, "other-code"],
    ["uncommitted change", { dirty: true }, "other-code"],
    ["version of a package", { versions: { ...here.versions, agents: "0.33.0" } }, "other-code"],
    ["Node", { node: "v26.0.0" }, "other-code"],
    ["CPU", { cpuModel: "Another CPU" }, "other-environment"],
    ["kernel", { kernel: "7.0.0" }, "other-environment"],
  ])("is refused with another %s without --anyway", (_what, change, code) => {
    expect(() => assertResumable(cut, { ...here, ...change }, false)).toThrow(expect.objectContaining({ code }));
    expect(() => assertResumable(cut, { ...here, ...change }, true)).not.toThrow();
  });

  it("compares the hash of the program when both have one, and ignores other files of the checkout", () => {
    const hashed: Results = { ...cut, environment: { ...here, build: "one" } };
    expect(() => assertResumable(hashed, { ...here, build: "one", dirty: true }, false)).not.toThrow();
    expect(() => assertResumable(hashed, { ...here, build: "another" }, false)).toThrow(expect.objectContaining({ code: "other-code" }));
    expect(() => assertResumable(hashed, { ...here, build: "another" }, true)).not.toThrow();
  });

  it("compares with its last resumption", () => {
    const moved = { ...here, kernel: "7.0.0" };
    const twice: Results = { ...cut, resumed: [{ at: "2026-01-15T10:00:00.000Z", environment: moved, remeasured: 0 }] };
    expect(() => assertResumable(twice, moved, false)).not.toThrow();
    expect(() => assertResumable(twice, here, false)).toThrow(expect.objectContaining({ code: "other-environment" }));
  });

  it("is refused when nothing is left, even with --anyway", () => {
    expect(() => assertResumable({ ...cut, status: "complete" }, here, true)).toThrow(expect.objectContaining({ code: "complete" }));
  });

  it("is refused with other settings, even with --anyway", () => {
    const fed = { traffic: real.options.traffic, link: undefined };
    expect(() => assertSameScenarios(real, scenarios, fed)).not.toThrow();
    expect(() => assertSameScenarios(real, scenarios, { ...fed, traffic: "another.csv" })).toThrow(
      expect.objectContaining({ code: "other-settings" }),
    );
    const onALink: Results = { ...real, options: { ...real.options, link: "recorded (a drive)" } };
    expect(() => assertSameScenarios(onALink, scenarios, { ...fed, link: "recorded (a drive)" })).not.toThrow();
    expect(() => assertSameScenarios(onALink, scenarios, fed)).toThrow(/a link that was recorded \(a drive\): .* --link/);
    expect(() => assertSameScenarios(real, scenarios, { ...fed, link: "recorded (a drive)" })).toThrow(
      /no recorded link: leave out --link/,
    );
    expect(() => assertSameScenarios(real, scenarios.slice(1), fed)).toThrow(/no scenario connect/);
    const other: Results = { ...real, scenarios: real.scenarios.map((one) => ({ ...one, conditions: one.conditions.slice(1) })) };
    expect(() => assertSameScenarios(other, scenarios, fed)).toThrow(expect.objectContaining({ code: "other-settings" }));
    expect(() => assertSameScenarios({ ...real, scenarios: [] }, scenarios, fed)).toThrow(expect.objectContaining({ code: "damaged" }));
  });
});
