import { describe, expect, it } from "vitest";
import { begin, LostError, step, type Link, type LinkEvent, type LinkSettings, type Step } from "./link.ts";
import { uploadMs } from "./upload.ts";

const settings: LinkSettings = { retry: {}, connectTimeoutMs: 10_000, heartbeatMs: 5_000 };
const sending = (ms: number): LinkEvent => ({ type: "sending", ms });
const opened: LinkEvent = { type: "opened", periodMs: 5_000 };
const tick: LinkEvent = { type: "tick" };
const take = (link: Link, event: LinkEvent, now: number): Step => step(link, event, now, 0, settings);

/** The next try, after this one ended. */
function again(link: Link, now: number): Link {
  const [trying, effect] = take(link, tick, Math.max(now, link.dueAt));
  expect(effect).toEqual({ type: "connect" });
  return trying;
}

describe("what goes up", () => {
  it("has a second for each 16,384 bytes of UTF-8, unless it is small", () => {
    expect(uploadMs()).toBe(0);
    expect(uploadMs(new Uint8Array(5_000))).toBe(0);
    expect(uploadMs(new Uint8Array(16_384))).toBe(1_000);
    expect(uploadMs("x".repeat(5_000))).toBe(0);
    expect(uploadMs("x".repeat(8_192))).toBe(500);
    expect(uploadMs("é".repeat(16_384))).toBe(2_000);
    expect(uploadMs(new Uint8Array(2 ** 20))).toBe(64_000);
  });

  it("has that beyond the time in which a try is answered, and twice as much after each time that it was too short, up to 8 times", () => {
    let [link] = begin(0, settings);
    const given: number[] = [];
    let now = 0;
    for (let tries = 0; tries < 5; tries += 1) {
      [link] = take(link, sending(64_000), now);
      given.push(link.dueAt - now);
      now = link.dueAt;
      expect(take(link, tick, now - 1)).toEqual([link]);
      const [lost, effect] = take(link, tick, now);
      expect(effect).toMatchObject({ type: "disconnect", error: { message: `No answer within ${given.at(-1)} ms.` } });
      link = again(lost, now);
      now = link.heardAt;
    }
    expect(given).toEqual([74_000, 138_000, 266_000, 522_000, 522_000]);
    // A try that has nothing large to send is not waited for.
    expect(link.dueAt - now).toBe(10_000);
  });

  it("has it beyond two periods of silence, from when the peer was last heard, until it is answered", () => {
    let [link] = begin(0, settings);
    [link] = take(link, opened, 0);
    [link] = take(link, { type: "heard", at: 4_000 }, 4_000);
    [link] = take(link, sending(64_000), 4_500);
    expect(link.dueAt).toBe(78_000);
    expect(take(link, sending(0), 20_000)[0].dueAt).toBe(14_000);
    const [lost] = take(link, tick, 78_000);
    [link] = take(again(lost, 78_000), opened, 80_000);
    expect(link.dueAt).toBe(100_000); // Of what comes down nothing is known either.
    [link] = take(link, sending(64_000), 80_000);
    expect(link.dueAt).toBe(228_000);
    // New events say nothing of what goes up; its answer does.
    [link] = take(link, { type: "progress" }, 80_000);
    [link] = take(link, { type: "heard", at: 81_000 }, 81_000);
    expect(link.dueAt).toBe(219_000);
    [link] = take(link, sending(0), 90_000);
    expect(take(link, sending(64_000), 91_000)[0].dueAt).toBe(155_000);
  });

  it("has twice as much where the other side lost its patience, and no more where the connection ended otherwise", () => {
    const [link] = take(begin(0, settings)[0], sending(1_000), 0);
    const patienceAfter = (status?: number): number =>
      take(link, { type: "lost", error: new LostError("lost", status === undefined ? {} : { status }) }, 1)[0].uploadPatience;
    expect([4408, 408, undefined, 1006, 429].map(patienceAfter)).toEqual([2, 2, 1, 1, 1]);
    const small = begin(0, settings)[0];
    expect(take(small, { type: "lost", error: new LostError("lost", { status: 4408 }) }, 1)[0].uploadPatience).toBe(1);
  });

  it("is not given up for its silence when a page is looked at again, unless there was no network meanwhile", () => {
    let [link] = begin(0, settings);
    [link] = take(link, sending(64_000), 0);
    for (const trying of [link, take(link, opened, 0)[0]]) {
      expect(take(trying, { type: "woken" }, 20_000)[0]).toBe(trying);
      expect(take(trying, { type: "woken" }, 69_001)[0].phase).toBe("waiting");
      const [offline] = take(trying, { type: "offline" }, 1_000);
      expect(take(offline, { type: "online" }, 2_000)[0].phase).toBe("waiting");
    }
  });
});
