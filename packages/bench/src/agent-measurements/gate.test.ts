import { expect, it } from "vitest";
import { openGate } from "./gate.ts";

it("lets an agent go on when what is to be done first is done, and says how much it has made", async () => {
  const passed: number[] = [];
  const gate = await openGate((made) => Promise.resolve(void passed.push(made)));
  const until = gate.until(20, 60_000);
  expect((await fetch(`${gate.url}?made=10`)).status).toBe(204);
  expect(gate.made).toBe(10);
  expect((await fetch(`${gate.url}?made=20`)).status).toBe(204);
  expect(await until).toBe(20);
  expect(passed).toEqual([10, 20]);
  await gate.close();
});

it("gives up on an agent that asks no more", async () => {
  const gate = await openGate(() => Promise.resolve());
  await fetch(`${gate.url}?made=10`);
  expect(await gate.until(20, 1)).toBe(10);
  await gate.close();
});

it("stops the agent, and whoever waits, where what is to be done first fails", async () => {
  const gate = await openGate(() => Promise.reject(new Error("no memory to look at")));
  const [{ status }] = await Promise.all([
    fetch(`${gate.url}?made=10`),
    expect(gate.until(20, 60_000)).rejects.toThrow("no memory to look at"),
  ]);
  expect(status).toBe(500);
  await gate.close();
});
