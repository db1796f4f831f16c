import { expect, it } from "vitest";
import { Undo } from "./undo.ts";

it("undoes the last first, once, and goes on where a step fails", async () => {
  const undo = new Undo();
  const done: string[] = [];
  expect(undo.add("first", (held) => void done.push(held))).toBe("first");
  undo.add("second", () => Promise.reject(new Error("second")));
  undo.add("third", async (held) => void done.push(held));
  await expect(undo.run()).rejects.toMatchObject({ errors: [expect.objectContaining({ message: "second" })] });
  expect(done).toEqual(["third", "first"]);
  await undo.run();
  expect(done).toEqual(["third", "first"]);
});
