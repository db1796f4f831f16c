import { encodeFrame, type ServerFrame } from "@agent-transports/protocol";
import type { Connection } from "agents";

export function send(connection: Connection, frame: ServerFrame): void {
  try {
    connection.send(encodeFrame(frame));
  } catch (error) {
    // Closed meanwhile: whoever comes back asks again, and what was done is in the log. A frame that cannot be encoded is a fault.
    if (connection.readyState === WebSocket.OPEN) throw error;
  }
}
