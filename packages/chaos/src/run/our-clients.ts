import { subjectOfCore, type Subject as WholeClient } from "@agent-transports/conformance";
import { createSseClient } from "@agent-transports/sse-client";
import { createSseClient as createSmallSseClient } from "@agent-transports/sse-client/core";
import { createWsClient } from "@agent-transports/ws-client";
import { createWsClient as createSmallWsClient } from "@agent-transports/ws-client/core";
import type { MakeClient } from "./subject.ts";

const SMALL: Readonly<Record<"sse" | "ws", WholeClient>> = {
  sse: subjectOfCore({ transport: "sse", create: createSmallSseClient }),
  ws: subjectOfCore({ transport: "ws", create: createSmallWsClient }),
};

/** The clients that are published. */
export const makeOurs: MakeClient = (transport, options, reads) => {
  if (reads === "core") return SMALL[transport].create(options);
  return transport === "sse" ? createSseClient(options) : createWsClient(options);
};
