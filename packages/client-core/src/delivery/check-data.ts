import { isRunEnd, type ChunkLike } from "@agent-transports/protocol";
import { TransportError } from "../errors/transport-error.ts";
import type { DataSchemas } from "../interface/standard-schema.ts";

/**
 * The chunk, with what its schema made of its data.
 *
 * @throws TransportError `invalid_event` where a `data-*` part does not fit; `invalid_option` for a schema that is asynchronous
 */
export function checkData<Chunk extends ChunkLike>(chunk: Chunk, schemas: DataSchemas): Chunk {
  const { type } = chunk;
  // The terminal event is the protocol's own, and not the application's to change.
  if (isRunEnd(chunk)) return chunk;
  const schema = type.startsWith("data-") && Object.hasOwn(schemas, type.slice(5)) ? schemas[type.slice(5)] : undefined;
  if (schema === undefined || !("data" in chunk)) return chunk;
  const result = schema["~standard"].validate(chunk.data);
  if (result instanceof Promise)
    throw new TransportError({
      code: "invalid_option",
      message: `dataSchemas: the schema of ${type} is asynchronous. Give a synchronous one.`,
    });
  if (result.issues === undefined) return { ...chunk, data: result.value };
  const [issue] = result.issues;
  const path = issue?.path?.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  const error = {
    code: "invalid_event",
    message: `A ${type} part does not match its schema: ${issue?.message ?? "no reason was given"}.`,
  } as const;
  throw new TransportError(path === undefined ? error : { ...error, path }, { cause: result.issues });
}
