import { NGINX_DEFAULTS, type NginxSettings } from "@agent-transports/lab/nginx";
import { withoutNginx } from "@agent-transports/lab/tools";

/** One way to bring an answer to its reader. */
export interface SocketArm {
  readonly id: string;
  readonly label: string;
  readonly over: "sse" | "ws";
  /** The Agent's `COMPRESS_WEBSOCKETS`. */
  readonly compress: "off" | "small-window" | "on";
  /** The client asks for no context takeover, on either side. */
  readonly noTakeover?: boolean;
  /** An nginx before the Worker, which compresses event streams. */
  readonly nginx?: NginxSettings;
}

/** Buffering off, as every guide to event streams advises. */
const GZIP: NginxSettings = { ...NGINX_DEFAULTS, buffering: false, upstreamHttp: "1.1", gzip: "forced" };

const direct: readonly SocketArm[] = [
  { id: "sse", label: "SSE, not compressed", over: "sse", compress: "off" },
  { id: "off", label: "WebSocket, off", over: "ws", compress: "off" },
  { id: "small-window", label: "WebSocket, small-window", over: "ws", compress: "small-window" },
  { id: "no-takeover", label: "WebSocket, on, without context takeover", over: "ws", compress: "on", noTakeover: true },
  { id: "on", label: "WebSocket, on", over: "ws", compress: "on" },
];

/** For memory, of which workerd's alone is looked at. */
export const memoryArms: readonly SocketArm[] = direct;

/** Without an nginx on this machine, without the arm that needs one. */
export const answerArms: readonly SocketArm[] = [
  ...direct.slice(0, 1),
  ...(withoutNginx() === null ? [{ id: "gzip", label: "SSE, gzip by nginx", over: "sse", compress: "off", nginx: GZIP } as const] : []),
  ...direct.slice(1),
];
