import { expect, it } from "vitest";
import { mediaType } from "./media-type.ts";

it.each([
  "text/event-stream",
  "Text/Event-Stream",
  " text/event-stream ",
  "text/event-stream;charset=utf-8",
  "text/event-stream ; charset=utf-8",
  'TEXT/EVENT-STREAM;\tx="a, b"',
])("reads the type and subtype of a media type, whatever its case, white space and parameters: %j", (value) => {
  expect(mediaType(value)).toBe("text/event-stream");
});

it("tells a media type from another one with the same prefix", () => {
  expect(mediaType("text/event-streamx")).toBe("text/event-streamx");
  expect(mediaType("application/jsonx")).toBe("application/jsonx");
  expect(mediaType("application/vnd.api+json")).toBe("application/vnd.api+json");
  expect(mediaType("*/*")).toBe("*/*");
});

it.each([null, undefined, "", "text", "text/", "/plain", "text/plain/x", "text /plain", "text/html, text/event-stream", "text/html x"])(
  "reads nothing when there is no media type, or more than one: %j",
  (value) => {
    expect(mediaType(value)).toBeUndefined();
  },
);
