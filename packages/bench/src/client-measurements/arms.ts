import { ourSse, ourWs } from "./ours.ts";
import { eventsource, fetchEventSourceArm, parser, parserWithJson } from "./sse-peers.ts";
import type { ClientArm } from "./types.ts";
import { partysocket, webSocket } from "./ws-peers.ts";

export type { ArmClient, ClientArm, OnEvent } from "./types.ts";

export const sseArms: readonly ClientArm[] = [parser, parserWithJson, eventsource, fetchEventSourceArm, ourSse];
export const wsArms: readonly ClientArm[] = [webSocket, partysocket, ourWs];
export const allArms: readonly ClientArm[] = [...sseArms, ...wsArms];

/** @throws Error where there is none of this name */
export function armOf(id: string): ClientArm {
  const found = allArms.find((arm) => arm.id === id);
  if (found === undefined) throw new Error(`There is no arm ${id}.`);
  return found;
}
