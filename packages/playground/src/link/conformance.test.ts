import { describeConformance, type Subject } from "@agent-transports/conformance";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { describe, it } from "vitest";
import { Link } from "./link.ts";
import { linkedFetch } from "./linked-fetch.ts";
import { linkedWebSocket } from "./linked-socket.ts";

// A line that nobody breaks changes nothing: each client does over it all that it does without.
const sse: Subject = { transport: "sse", create: (options) => createSseClient({ fetch: linkedFetch(new Link().port()), ...options }) };
const ws: Subject = { transport: "ws", create: (options) => createWsClient({ WebSocket: linkedWebSocket(new Link().port()), ...options }) };

// One after another: some cases have heartbeats of 40 ms, and this process has the server too.
for (const subject of [sse, ws]) describeConformance(subject, { describe, it });
