import { TransportError, type ClientFrame } from "@agent-transports/protocol";
import { expect, it } from "vitest";
import { Uplink } from "./uplink.ts";

it("sends again what was not answered, and forgets it once there is no use in that", async () => {
  const sent: ClientFrame[] = [];
  const uplink = new Uplink((frame) => sent.push(frame));
  const over = new AbortController();
  const answers = [uplink.input("r", "k", Uint8Array.of(1), over.signal), uplink.cancel("r", over.signal)];
  uplink.resend();
  expect(sent.map(({ type }) => type)).toEqual(["input", "cancel", "input", "cancel"]);
  const error = new TransportError({ code: "run_ended", message: "The run has ended." });
  over.abort(error);
  for (const answer of answers) await expect(answer).rejects.toBe(error);
  expect(uplink.pending).toBe(false);
  uplink.resend();
  expect(sent).toHaveLength(4);
});
