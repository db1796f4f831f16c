import type { ClientArm } from "../../lab/lab.ts";
import type { Arm } from "../../results/schema.ts";

/** One of our clients, as a report names it. */
export type OurArm = Arm & ClientArm;

export const SSE_ARM = { id: "sse", label: "SSE", transport: "sse" } as const satisfies OurArm;
export const WS_ARM = { id: "ws", label: "WebSocket", transport: "ws" } as const satisfies OurArm;
export const COLD_ARM = { id: "sse-cold", label: "SSE, each request on a new connection", transport: "sse" } as const satisfies OurArm;
/** The same path without an agent: none of our clients. */
export const FLOOR_ARM = { id: "floor", label: "floor, no agent", transport: null } as const satisfies Arm & { readonly transport: null };
