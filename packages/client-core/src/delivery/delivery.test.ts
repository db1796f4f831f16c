import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { Delivery } from "./delivery.ts";

it("releases delivered events, although its queue is never empty", async () => {
  const delivery = new Delivery<{ type: "big"; data: object }>(
    () => undefined,
    () => undefined,
    () => undefined,
  );
  const events = delivery.events();
  const alive: WeakRef<object>[] = [];
  let seq = 0;
  const push = (): void => {
    const data = { of: seq };
    alive.push(new WeakRef(data));
    delivery.push({ id: `e.${(seq += 1)}`, data: { type: "big", data } });
  };
  push();
  for (let n = 0; n < 2_000; n += 1) {
    push();
    const { value } = await events.next();
    expect(value?.id).toBe(`e.${n + 1}`);
  }
  // What a WeakRef was asked for, or made with, lives to the end of the turn.
  await new Promise((resolve) => setTimeout(resolve));
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  expect(alive.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(300);
});
