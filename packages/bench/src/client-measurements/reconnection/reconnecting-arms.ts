import type { OnEvent, Peer } from "@agent-transports/peers";
import { agentClient } from "@agent-transports/peers/agent-client";
import { chromium } from "@agent-transports/peers/chromium";
import { eventsource } from "@agent-transports/peers/eventsource";
import { partysocket } from "@agent-transports/peers/partysocket";
import type { Browser } from "playwright-core";
import { ourSse, ourWs } from "../our-clients.ts";
import type { ReaderArm } from "../reader-arm.ts";

/** The endless run of the live server. */
const RUN = "live";

export interface Closable {
  close(): Promise<void> | void;
}

/** A client that comes back by itself, with its library's defaults. */
export interface ReconnectingArm {
  readonly id: string;
  readonly label: string;
  /** It promises that each event comes once: anything else is a failure and not a figure. */
  readonly exactlyOnce: boolean;
  open(url: URL, onEvent: OnEvent, onFailure: (error: unknown) => void, browser: () => Promise<Browser>): Promise<Closable> | Closable;
}

export const reconnectingArms: readonly ReconnectingArm[] = [
  arm(eventsource, eventsource.reader, false),
  {
    id: chromium.id,
    label: chromium.label,
    exactlyOnce: false,
    open: async (url, onEvent, _onFailure, browser) => chromium.page.open(await browser(), url, RUN, onEvent),
  },
  arm(partysocket, partysocket.reader, false),
  arm(agentClient, agentClient.reader, false),
  arm(ourSse, ourSse, true),
  arm(ourWs, ourWs, true),
];

function arm({ id, label }: Pick<Peer, "id" | "label">, { connect }: Pick<ReaderArm, "connect">, exactlyOnce: boolean): ReconnectingArm {
  return {
    id,
    label,
    exactlyOnce,
    open(url, onEvent, onFailure) {
      const client = connect({ url });
      const reading = client.open(RUN, onEvent);
      reading.failed.catch(onFailure);
      return {
        close() {
          reading.close();
          client.close();
        },
      };
    },
  };
}
