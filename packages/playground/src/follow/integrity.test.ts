import { IntegrityChecker } from "@agent-transports/lab/integrity";
import type { RunChunk } from "@agent-transports/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";
import { compare, Counter, parseStream, type Delivered } from "./integrity.ts";

afterEach(() => void vi.unstubAllGlobals());

const text = (seq: number, delta = `word${seq} `): Delivered => ({ id: `epoch.${seq}`, data: { type: "text-delta", id: "0", delta } });
const END: RunChunk = { type: "data-run-end", data: { state: "finished" }, transient: true };
const log: readonly Delivered[] = [...Array.from({ length: 9 }, (_, index) => text(index + 1)), { id: "epoch.10", data: END }];

function read(given: readonly Delivered[]): Promise<unknown> {
  const counter = new Counter();
  for (const event of given) counter.see(event);
  return compare(given, log, counter);
}

const without = (seq: number): Delivered[] => log.filter(({ id }) => id !== `epoch.${seq}`);
const [first, second, third, ...rest] = log;

const whole = { lost: 0, repeated: 0, reordered: 0, equal: true };
const readers: readonly [what: string, given: readonly Delivered[], expected: object][] = [
  ["gets each event once, in order", log, whole],
  ["drops an event", without(4), { ...whole, lost: 1, equal: false }],
  ["is cut off before the last event", log.slice(0, 9), { ...whole, lost: 1 }],
  ["gets an event twice", [...log.slice(0, 5), ...log.slice(4)], { ...whole, repeated: 1, equal: false }],
  ["swaps two events", [first!, third!, second!, ...rest], { ...whole, reordered: 1, equal: false }],
  ["changes a text and keeps its id", [text(1, "Word1 "), ...log.slice(1)], { ...whole, equal: false }],
  ["gets an event of another run", [...log, { ...text(3), id: "other.3" }], { ...whole, repeated: 1, equal: false }],
];

describe("what a lane was given, compared with the log", () => {
  it.each(readers)("is what a reader got that %s", async (_what, given, expected) => {
    expect(await read(given)).toMatchObject(expected);
  });

  it.each(readers)(
    "is compared without hashes where the page has no crypto.subtle, of a reader that %s",
    async (_what, given, expected) => {
      vi.stubGlobal("crypto", {});
      expect(await read(given)).toMatchObject({ ...expected, hashes: undefined });
    },
  );

  it("has the SHA-256 of both texts", async () => {
    expect(await compare([text(1, "abc")], [text(1, "")], new Counter())).toMatchObject({
      equal: false,
      hashes: {
        given: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        log: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      },
    });
  });

  it("lacks all that came after a reader stopped", async () => {
    // The benchmark, which has no log to compare with, knows of one of them only.
    expect(await read(log.slice(0, 7))).toMatchObject({ ...whole, lost: 3, equal: false });
  });

  it.each(readers)("is counted as the benchmark counts it, of a reader that %s", (_what, given) => {
    const counter = new Counter();
    const checker = new IntegrityChecker();
    for (const event of given) {
      counter.see(event);
      checker.see(event);
    }
    const { expected, ...counted } = checker.result();
    const ours = counter.counts(log.length);
    expect(ours).toEqual(counted);
    // As export/results.ts has it.
    expect(ours.received - ours.repeated + ours.lost).toBe(expected);
  });

  it("counts while the events come", () => {
    const counter = new Counter();
    for (const seq of [1, 2, 4, 4, 3]) counter.see(text(seq));
    expect(counter.counts()).toEqual({ received: 5, lost: 0, repeated: 1, reordered: 1 });
    counter.see(text(7));
    expect(counter.counts()).toMatchObject({ lost: 2 });
  });
});

it("reads events of an event stream, and no comments", async () => {
  const stream =
    ':ok\n\nid: epoch.1\ndata: {"type":"text-delta","id":"0","delta":"a\\nb"}\n\n:hb\n\nid: epoch.2\ndata: {"type":"finish"}\n\n';
  expect(await parseStream(stream)).toEqual([text(1, "a\nb"), { id: "epoch.2", data: { type: "finish" } }]);
});

it("reads a long log in slices, so that the page is drawn meanwhile", async () => {
  const stream = Array.from({ length: 100_000 }, (_, index) => `id: epoch.${index + 1}\ndata: {"type":"finish"}\n\n`).join("");
  let drawn = 0;
  const drawing = setInterval(() => (drawn += 1));
  const events = await parseStream(stream);
  clearInterval(drawing);
  expect(events).toHaveLength(100_000);
  expect(events.at(-1)?.id).toBe("epoch.100000");
  expect(drawn).toBeGreaterThan(0);
});
