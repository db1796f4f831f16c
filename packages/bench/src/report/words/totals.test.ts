import { describe, expect, it } from "vitest";
import { busyWords, controlSentence, failureWords, sensitivitySentence } from "./totals.ts";

const control = {
  controls: 96,
  falseAlarms: 13,
  allowed: 13,
  inflation: 1.2,
  inflationBound: 1.4,
  errorsMultipliedBy: 1,
  quantiles: [],
  quiet: true,
};

describe("the sentence on the control", () => {
  it("says no difference when it is quiet, doubts the differences otherwise, and says when it could not be run", () => {
    expect(controlSentence(control)).toContain("The control finds no difference");
    expect(controlSentence({ ...control, falseAlarms: 14, quiet: false })).toContain("The control gives too many false alarms");
    expect(controlSentence({ ...control, controls: 0 })).toContain("could not be run");
  });

  it("says by how much errors were multiplied, or that they are used as they are", () => {
    expect(controlSentence(control)).toContain(
      "The inflation of their test statistics is 1.20; chance alone gives up to 1.40, so errors are used as they are.",
    );
    expect(controlSentence({ ...control, inflation: 1.96, errorsMultipliedBy: 1.4 })).toContain(
      "all standard errors were multiplied by 1.40.",
    );
  });
});

describe("the sentence on what was marked", () => {
  it("counts the verdicts that would change, and those with too little data left", () => {
    expect(sensitivitySentence({ comparisons: 9, compared: 3, changed: 1, undecided: 1 })).toContain(
      "Without these groups, 1 would change. For 1, too few pair groups are left to tell.",
    );
    expect(sensitivitySentence({ comparisons: 9, compared: 3, changed: 0, undecided: 0 })).toContain(
      "Without these groups, none would change.",
    );
    expect(sensitivitySentence({ comparisons: 9, compared: 0, changed: 0, undecided: 0 })).toContain(
      "No pair group holds a contaminated block",
    );
  });

  it("does not say that none would change of those that it cannot tell of", () => {
    expect(sensitivitySentence({ comparisons: 9, compared: 3, changed: 0, undecided: 1 })).toContain(
      "Without these groups, none of the other 2 would change. For 1, too few pair groups are left to tell.",
    );
    const none = (comparisons: number, compared: number): string =>
      sensitivitySentence({ comparisons, compared, changed: 0, undecided: compared });
    const rest = "in part on blocks that were disturbed or ran before a steady state. Without these, too little is left to check";
    expect(none(2, 2)).toBe(`Both verdicts rest ${rest} them.`);
    expect(none(8, 8)).toBe(`All 8 verdicts rest ${rest} them.`);
    expect(none(9, 2)).toBe(`2 verdicts rest ${rest} them.`);
    expect(none(1, 1)).toBe(`The only verdict rests ${rest} it.`);
    expect(none(9, 1)).toBe(`1 verdict rests ${rest} it.`);
  });
});

describe("the words on a busy machine", () => {
  it("say how busy it was and what to do, and nothing of an idle one", () => {
    const contamination = { blocks: 30, marked: 18, byMark: {}, worstEventLoopDelayP99Ms: 0, worstStealShare: 0 };
    const machine = { loadAtStart: 9.04, cores: 2, busy: true };
    expect(busyWords({ contamination, machine })).toBe(
      "The machine was busy: load 9.0 on 2 cores at the start, 18 of 30 blocks disturbed. Measure again when it is idle.",
    );
    expect(busyWords({ contamination, machine: { ...machine, loadAtStart: 0.5, cores: 1 } })).toContain("load 0.5 on 1 core at the start");
    expect(busyWords({ contamination, machine: { ...machine, busy: false } })).toBeNull();
  });
});

describe("the words for a failed block", () => {
  it("number groups and blocks from one", () => {
    expect(failureWords({ condition: "headers-0", arm: "sse", pair: 2, position: 1, error: "The server closed." })).toBe(
      "headers-0, sse, group 3, block 2: The server closed.",
    );
  });
});
