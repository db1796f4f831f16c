import { expect, it } from "vitest";
import { IMAGE_SIZE, imageRows, rowOf } from "./image.ts";

it("reads each row that it makes, with its place and its colours", () => {
  const rows = imageRows();
  expect(rows.map((row) => rowOf(row)?.y)).toEqual(Array.from({ length: IMAGE_SIZE }, (_, y) => y));
  const [first] = rows;
  expect([...(rowOf(first!)?.pixels ?? [])].slice(0, 8)).toEqual([...first!.slice(1, 4), 255, ...first!.slice(4, 7), 255]);
});

it.each([new Uint8Array(), new Uint8Array(10), new Uint8Array(1 + IMAGE_SIZE * 3).fill(IMAGE_SIZE)])(
  "takes no other bytes for a row",
  (bytes) => {
    expect(rowOf(bytes)).toBeUndefined();
  },
);
