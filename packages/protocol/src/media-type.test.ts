import { expect, it } from "vitest";
import { mediaType } from "./media-type.ts";

it("reads type and subtype of a media type, whatever its case, its white space and its parameters", () => {
  for (const value of [
    "text/event-stream",
    "Text/Event-Stream",
    " text/event-stream ",
    "text/event-stream;charset=utf-8",
    "text/event-stream ; charset=utf-8",
    'TEXT/EVENT-STREAM;\tx="a, b"',
  ])
    expect(mediaType(value), value).toBe("text/event-stream");
  expect(mediaType("application/vnd.api+json")).toBe("application/vnd.api+json");
  expect(mediaType("*/*")).toBe("*/*");
});

it("takes one media type for no other that begins like it", () => {
  expect(mediaType("text/event-streamx")).toBe("text/event-streamx");
  expect(mediaType("application/jsonx")).toBe("application/jsonx");
});

it("reads nothing where there is no media type, or more than one", () => {
  for (const value of [
    null,
    undefined,
    "",
    "text",
    "text/",
    "/plain",
    "text/plain/x",
    "text /plain",
    "text/html, text/event-stream",
    "text/html x",
  ])
    expect(mediaType(value), String(value)).toBeUndefined();
});
