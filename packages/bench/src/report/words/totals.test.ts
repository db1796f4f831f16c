import { describe, expect, it } from "vitest";
import { controlSentence, failureWords, sensitivitySentence } from "./totals.ts";

const control = { controls: 96, falseAlarms: 13, allowed: 13, falseAlarmsCorrected: 0, quiet: true };

describe("the sentence on the control", () => {
  it("says no difference when it is quiet, doubts every verdict otherwise, and says when it could not be run", () => {
    expect(controlSentence(control)).toContain("The control finds no difference");
    expect(controlSentence({ ...control, falseAlarms: 14, quiet: false })).toContain("The control gives too many false alarms");
    expect(controlSentence({ ...control, controls: 0 })).toContain("could not be run");
  });
});

describe("the sentence on what was marked", () => {
  it("counts the verdicts that would change, and those with too little data left", () => {
    expect(sensitivitySentence({ compared: 3, changed: 1, undecided: 1 })).toContain(
      "Without these groups, 1 would change. For 1, too few pair groups are left to tell.",
    );
    expect(sensitivitySentence({ compared: 0, changed: 0, undecided: 0 })).toContain("No pair group holds a contaminated block");
  });
});

describe("the words for a failed block", () => {
  it("number groups and blocks from one", () => {
    expect(failureWords({ condition: "headers-0", arm: "sse", pair: 2, position: 1, error: "The server closed." })).toBe(
      "headers-0, sse, group 3, block 2: The server closed.",
    );
  });
});
