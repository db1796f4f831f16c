import { expect, it } from "vitest";
import { weightOf } from "./accept.ts";

it.each([
  [null, 1],
  ["*/*", 1],
  ["application/json", 1],
  ["Application/JSON", 1],
  ["application/json;charset=utf-8", 1],
  ["application/json ; q=0.5", 0.5],
  ["application/json;Q=0.5", 0.5],
  ["application/json;q=0", 0],
  ["application/json;q=0.000, */*", 0],
  ["*/*;q=0.1, application/*;q=0.2, application/json;q=0.3", 0.3],
  ["application/*;q=0.2, */*;q=0.9", 0.2],
  ['text/html;title="a, application/json", */*;q=0.1', 0.1],
  ["application/jsonx", 0],
  ["xapplication/json", 0],
  ["application/json-seq", 0],
  ["application/problem+json", 0],
  ["text/*", 0],
  ["json", 0],
  ["", 0],
  ['"', 0],
])("Accept: %s wants application/json by %d", (accept, weight) => {
  expect(weightOf(accept, "application/json")).toBe(weight);
});
