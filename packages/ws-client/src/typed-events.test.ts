import type { InferUIMessageChunk, UIMessage } from "ai";
import { expectTypeOf, it } from "vitest";
import { createWsClient, type ChunkOf, type RunChunk } from "./index.ts";

type MyMessage = UIMessage<{ model: string }, { weather: { celsius: number } }>;

it("types a run's chunks by the application's message type", () => {
  using client = createWsClient<MyMessage>({ url: "http://127.0.0.1:9" });
  const run = client.resume("r");
  type Chunk = ReturnType<typeof run.toReadableStream> extends ReadableStream<infer Chunk> ? Chunk : never;
  expectTypeOf<Chunk>().toEqualTypeOf<ChunkOf<MyMessage>>();
  expectTypeOf<Extract<Chunk, { type: "data-weather" }>["data"]>().toEqualTypeOf<{ celsius: number }>();
  expectTypeOf<Extract<Chunk, { type: "text-delta" }>["delta"]>().toEqualTypeOf<string>();
  expectTypeOf<Extract<Chunk, { type: "start" | "finish" | "message-metadata" }>["messageMetadata"]>().toEqualTypeOf<
    { model: string } | undefined
  >();
  // What is not of this message is not there to be looked for.
  expectTypeOf<Extract<Chunk, { type: "data-other" }>>().toBeNever();
  // Whatever the AI SDK types for the same message fits.
  expectTypeOf<InferUIMessageChunk<MyMessage>>().toExtend<ChunkOf<MyMessage>>();
});

it("uses general types when no message type is given", () => {
  using client = createWsClient({ url: "http://127.0.0.1:9" });
  expectTypeOf(client.resume("r").toReadableStream()).toEqualTypeOf<ReadableStream<RunChunk>>();
});
