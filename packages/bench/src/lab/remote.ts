import { createClient } from "@agent-transports/lab/clients";
import type { Traffic } from "@agent-transports/lab/traffic";
import { meetsNobody, type RemoteLab } from "./lab.ts";
import { wakeAgent } from "./wake-agent.ts";

export interface RemoteLabOptions {
  readonly traffic: Traffic;
  readonly random: () => number;
  /** Of the deployment. */
  readonly url: URL;
}

/** The model of a deployment is asked for something long, so that a run can be cancelled at its first words. */
const PROMPT = "Write a long story about a river.";

export function openRemoteLab({ traffic, random, url }: RemoteLabOptions): RemoteLab {
  let ids = 0;
  return {
    kind: "remote",
    traffic,
    random,
    meeting: meetsNobody,
    id: () => `b${(ids += 1)}`,
    client: ({ transport }, options = {}, headers = {}) => createClient(transport, { url, ...options }, headers),
    // No proxy of ours is before a deployment: what its clients keep open is theirs.
    forgetConnections: () => Promise.resolve(),
    script: () => ({ id: "", prompt: PROMPT }),
    wake: (agent) => wakeAgent(url, agent),
    close: () => Promise.resolve(),
  };
}
