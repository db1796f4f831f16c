import type { PeerWith } from "@agent-transports/peers";
import { eventsource } from "@agent-transports/peers/eventsource";
import { parser, parserWithJson } from "@agent-transports/peers/eventsource-parser";
import { fetchEventSource } from "@agent-transports/peers/fetch-event-source";
import { partysocket } from "@agent-transports/peers/partysocket";
import { webSocket } from "@agent-transports/peers/websocket";
import { ourSse, ourSseInBatches, ourWs, ourWsInBatches } from "./our-clients.ts";
import type { ReaderArm } from "./reader-arm.ts";

/** In the order of the tables, which have a ratio to each. */
export const ssePeers: readonly PeerWith<"reader">[] = [parser, parserWithJson, eventsource, fetchEventSource];
export const wsPeers: readonly PeerWith<"reader">[] = [webSocket, partysocket];

export const sseArms: readonly ReaderArm[] = [...ssePeers.map(arm), ourSse, ourSseInBatches];
export const wsArms: readonly ReaderArm[] = [...wsPeers.map(arm), ourWs, ourWsInBatches];
export const allArms: readonly ReaderArm[] = [...sseArms, ...wsArms];

/** @throws Error where there is none of this name */
export function armOf(id: string): ReaderArm {
  const found = allArms.find((arm) => arm.id === id);
  if (found === undefined) throw new Error(`There is no arm ${id}.`);
  return found;
}

function arm({ id, label, transport, reader }: PeerWith<"reader">): ReaderArm {
  return { id, label: reader.label ?? label, transport, connect: reader.connect };
}
