import { expect, it } from "vitest";
import { openGate } from "./gate.ts";

it("releases an agent after the first step, and reports how much it has generated", async () => {
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

it("gives up on an agent that sends no more requests", async () => {
  const gate = await openGate(() => Promise.resolve());
  await fetch(`${gate.url}?made=10`);
  expect(await gate.until(20, 1)).toBe(10);
  await gate.close();
});

it("stops the agent and every waiter when the first step fails", async () => {
  const gate = await openGate(() => Promise.reject(new Error("no memory to look at")));
  const [{ status }] = await Promise.all([
    fetch(`${gate.url}?made=10`),
    expect(gate.until(20, 60_000)).rejects.toThrow("no memory to look at"),
  ]);
  expect(status).toBe(500);
  await gate.close();
});
