import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { makeCore } from "./core-subject.ts";
import type { MakeClient } from "./subject.ts";

/** The clients that are published. */
export const makeOurs: MakeClient = (transport, options, reads) => {
  if (reads === "core") return makeCore(transport, options);
  return transport === "sse" ? createSseClient(options) : createWsClient(options);
};
