import fc from "fast-check";
import { expect, test } from "vitest";
import { formatEventId, parseEventId } from "./event-id.ts";

test("an event id survives a round trip", () => {
  expect(parseEventId(formatEventId("k3v9x2pq", 17))).toEqual({ epoch: "k3v9x2pq", seq: 17 });
  expect(parseEventId(formatEventId("a-_Z", Number.MAX_SAFE_INTEGER))).toEqual({ epoch: "a-_Z", seq: Number.MAX_SAFE_INTEGER });
});

test.each([
  "",
  ".",
  "a.",
  ".1",
  "a.0",
  "a.01",
  "a.-1",
  "a.+1",
  "a.1 ",
  " a.1",
  "a.1.2",
  "a.1e3",
  "a.0x1",
  "a.9007199254740992",
  "a.99999999999999999",
  "a\0.1",
  "a.1\n",
  "ä.1",
  `${"a".repeat(33)}.1`,
  "a".repeat(10_240),
  "1",
  "NaN.NaN",
  "a.١",
])("%j is not an id", (text) => {
  expect(parseEventId(text)).toBeUndefined();
});

const FUZZ_RUNS = Number(process.env["FUZZ_RUNS"] ?? 10_000);

/** PROTOCOL.md §1, its grammar, read character by character. */
function byGrammar(text: string): { readonly epoch: string; readonly seq: number } | undefined {
  const [epoch = "", digits = "", ...more] = text.split(".");
  const isOf = (characters: string, one: string): boolean => Array.from(one).every((character) => characters.includes(character));
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  if (more.length > 0 || epoch.length < 1 || epoch.length > 32 || !isOf(letters, epoch)) return undefined;
  if (digits.length < 1 || digits.length > 16 || !isOf("0123456789", digits) || digits.startsWith("0")) return undefined;
  return BigInt(digits) > 2n ** 53n - 1n ? undefined : { epoch, seq: Number(digits) };
}

test("a text is an id as the grammar says, whatever it is", () => {
  const part = fc.string({ unit: fc.constantFrom(...Array.from("aZ09-_.1 e\n\u0000١é")), maxLength: 34 });
  const digits = fc.stringMatching(/^[0-9]{1,17}$/);
  const near = fc.oneof(
    fc.tuple(part, digits).map(([epoch, seq]) => `${epoch}.${seq}`),
    fc.tuple(fc.stringMatching(/^[\w-]{1,33}$/), fc.oneof(digits, part)).map(([epoch, seq]) => `${epoch}.${seq}`),
    fc.bigInt({ min: 2n ** 53n - 5n, max: 2n ** 53n + 5n }).map((seq) => `e.${seq}`),
    fc.string({ unit: "binary" }),
  );
  let ids = 0;
  fc.assert(
    fc.property(near, (text) => {
      const id = parseEventId(text);
      expect([text, id]).toEqual([text, byGrammar(text)]);
      if (id === undefined) return;
      ids += 1;
      expect(formatEventId(id.epoch, id.seq)).toBe(text);
    }),
    { numRuns: FUZZ_RUNS },
  );
  expect(ids).toBeGreaterThan(FUZZ_RUNS / 20);
});
