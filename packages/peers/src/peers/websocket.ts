import type { PeerWith } from "../peer.ts";
import { AGENT_PATH } from "../reader.ts";
import { socketReader } from "../socket-reader.ts";

/** Node's own. */
export const webSocket: PeerWith<"reader"> = {
  id: "WebSocket",
  label: "bare WebSocket, JSON.parse",
  transport: "ws",
  reader: { connect: ({ url }) => socketReader(() => new WebSocket(`ws://${url.host}${AGENT_PATH}`)) },
};
