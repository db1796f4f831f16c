import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { packageRoot, type Peer } from "@agent-transports/peers";
import { beforeAll, describe, expect, it } from "vitest";
import { agentPeers } from "../src/agent-measurements/agent-arms.ts";
import { sizePeers } from "../src/client-measurements/bundle-size.ts";
import { ssePeers, wsPeers } from "../src/client-measurements/client-arms.ts";
import { reconnectingArms } from "../src/client-measurements/reconnection/reconnecting-arms.ts";
import { measuredPeers } from "../src/peer-blocks/measured-peers.ts";

let peers: readonly Peer[];
beforeAll(async () => {
  // Its sources say which there are: `dist` may still hold one that is gone.
  const names = (await readdir(join(packageRoot, "src", "peers"))).map((file) => basename(file, ".ts"));
  const modules = await Promise.all(names.map(async (name): Promise<Record<string, Peer>> => import(`@agent-transports/peers/${name}`)));
  peers = modules.flatMap((one) => Object.values(one));
});

describe("what a peer can do", () => {
  it.each([
    { part: "agent", lists: "agent-arms.ts", measured: agentPeers },
    { part: "reader", lists: "client-arms.ts or reconnecting-arms.ts", measured: [...ssePeers, ...wsPeers, ...reconnectingArms] },
    { part: "page", lists: "reconnecting-arms.ts", measured: reconnectingArms },
    { part: "application", lists: "measured-peers.ts", measured: measuredPeers },
    { part: "bundle", lists: "bundle-size.ts", measured: sizePeers },
  ] as const)("is in a list that measures it: $part in $lists", ({ part, measured }) => {
    const able = peers.filter((peer) => peer[part] !== undefined).map(({ id }) => id);
    expect(able.length).toBeGreaterThan(0);
    const ids = measured.map(({ id }) => id);
    expect(able.filter((id) => !ids.includes(id))).toEqual([]);
  });
});
