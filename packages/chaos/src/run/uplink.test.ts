import { TransportError } from "@agent-transports/client-core";
import { describe, expect, it } from "vitest";
import type { SubjectRun } from "./subject.ts";
import { Uplink } from "./uplink.ts";

const INPUT = { atEvent: 1, bytes: false, size: 3 };

function runThat(answers: Pick<SubjectRun, "send" | "cancel">): SubjectRun {
  return { ...answers } as SubjectRun; // oxlint-disable-line typescript/no-unsafe-type-assertion -- Nothing else is asked of it.
}

const refusing = runThat({
  send: () => Promise.reject(new TransportError({ code: "run_ended", message: "The run has ended." })),
  cancel: () => Promise.resolve(),
});

describe("what is sent into a run", () => {
  it.each([true, false])("is noted with whether the run was running (%s) when it was refused, or a cancel succeeded", async (isRunning) => {
    const uplink = new Uplink(() => Promise.resolve(isRunning));
    uplink.send(refusing, "line0", INPUT);
    uplink.cancel(refusing, "line0", 4);
    const inputs = await uplink.settled(1_000);
    expect(inputs.map(({ answer }) => answer)).toEqual([{ kind: "refused", code: "run_ended", stillRunning: isRunning }]);
    expect(uplink.cancels).toEqual([{ reader: "line0", behind: 4, stillRunning: isRunning }]);
  });

  it("fails where nobody can be asked whether the run is running", async () => {
    const uplink = new Uplink(() => Promise.reject(new Error("The Worker did not answer.")));
    uplink.cancel(refusing, "line0", 4);
    await expect(uplink.settled(1_000)).rejects.toThrow("did not answer");
  });
});
