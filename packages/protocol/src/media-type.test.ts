import { expect, it } from "vitest";
import { mediaType } from "./media-type.ts";

it.each([
  "text/event-stream",
  "Text/Event-Stream",
  " text/event-stream ",
  "text/event-stream;charset=utf-8",
  "text/event-stream ; charset=utf-8",
  'TEXT/EVENT-STREAM;\tx="a, b"',
])("reads type and subtype of a media type, whatever its case, its white space and its parameters: %j", (value) => {
  expect(mediaType(value)).toBe("text/event-stream");
});

it("takes one media type for no other that begins like it", () => {
  expect(mediaType("text/event-streamx")).toBe("text/event-streamx");
  expect(mediaType("application/jsonx")).toBe("application/jsonx");
  expect(mediaType("application/vnd.api+json")).toBe("application/vnd.api+json");
  expect(mediaType("*/*")).toBe("*/*");
});

it.each([null, undefined, "", "text", "text/", "/plain", "text/plain/x", "text /plain", "text/html, text/event-stream", "text/html x"])(
  "reads nothing where there is no media type, or more than one: %j",
  (value) => {
    expect(mediaType(value)).toBeUndefined();
  },
);
