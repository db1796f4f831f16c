import nodeAssert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as assert from "../src/assert.ts";

/** Whether it throws an AssertionError; whatever else it throws is thrown. */
function refuses(body: () => void): boolean {
  try {
    body();
    return false;
  } catch (error) {
    if (error instanceof assert.AssertionError || error instanceof nodeAssert.AssertionError) return true;
    throw error;
  }
}

/** What goes over JSON, and what an object can hold besides. Few values, so that two that are made apart are often equal. */
const leaf = fc.constantFrom<unknown>(undefined, null, 0, -0, NaN, 1, "", "1", true);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "0"), tie("value"), { maxKeys: 3, noNullPrototype: false }),
  ),
}));

describe("the assertions", () => {
  it("agree with node:assert/strict on what is equal", () => {
    let equal = 0;
    fc.assert(
      fc.property(value, value, fc.boolean(), (one, two, same) => {
        const other = same ? structuredClone(one) : two;
        const refused = refuses(() => nodeAssert.deepEqual(one, other));
        expect(refuses(() => assert.deepEqual(one, other))).toBe(refused);
        if (!refused) equal += 1;
        expect(refuses(() => assert.equal(one, other))).toBe(refuses(() => nodeAssert.equal(one, other)));
      }),
      { numRuns: 300 },
    );
    expect(equal).toBeGreaterThan(50);
  });

  it("compare JSON values by content, and anything else by identity", () => {
    const date = new Date(0);
    assert.deepEqual({ date }, { date });
    expect(() => assert.deepEqual({ date }, { date: new Date(0) })).toThrow("at .date");
  });

  it("say where two values differ, and how", () => {
    expect(() => assert.deepEqual({ a: [{ b: 1 }] }, { a: [{ b: 2 }] }, "runs")).toThrow(
      'runs: values are not strictly deep-equal at .a.0.b: {"a":[{"b":1}]} where {"a":[{"b":2}]} was expected.',
    );
    expect(() => assert.equal(1, "1")).toThrow('values are not strictly equal: 1 where "1" was expected.');
  });

  it("fail when nothing or another error is thrown, or when a promise resolves or rejects with another error", async () => {
    assert.throws(
      () => JSON.parse("{"),
      (error) => error instanceof SyntaxError,
    );
    expect(() => assert.throws(() => 1, Boolean)).toThrow("Nothing was thrown");
    expect(() =>
      assert.throws(
        () => JSON.parse("{"),
        (error) => error instanceof TypeError,
      ),
    ).toThrow("unexpected error");
    await assert.rejects(Promise.reject(new TypeError("no")), { name: "TypeError", message: "no" });
    await expect(assert.rejects(Promise.reject(new TypeError("no")), { name: "Error" })).rejects.toThrow("error.name");
    await expect(assert.rejects(Promise.resolve(), {})).rejects.toThrow("did not reject");
    expect(() => assert.ok(0)).toThrow(assert.AssertionError);
  });
});
