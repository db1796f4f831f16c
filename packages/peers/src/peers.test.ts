import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageRoot, type Peer } from "./index.ts";

const parts = ["agent", "reader", "page", "application", "bundle"] as const;

let peers: readonly Peer[];
beforeAll(async () => {
  const folder = new URL("peers/", import.meta.url);
  const modules = await Promise.all(
    (await readdir(folder)).map(async (file): Promise<Record<string, Peer>> => import(new URL(file, folder).href)),
  );
  peers = modules.flatMap((one) => Object.values(one));
});

describe("the peers, a file each", () => {
  it("have an id each", () => {
    const ids = peers.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("can do something each", () => {
    expect(peers.filter((peer) => parts.every((part) => peer[part] === undefined))).toEqual([]);
  });

  it("keep a log where an answer can be asked for again", () => {
    expect(peers.filter(({ agent }) => agent?.replay !== undefined && !agent.durable)).toEqual([]);
  });

  it("have each Agent in the Worker under the segment that they ask", async () => {
    const config = await readFile(join(packageRoot, "worker", "wrangler.jsonc"), "utf8");
    for (const { agent } of peers.filter((peer) => peer.agent !== undefined)) {
      const name = agent!.segment.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
      expect(config).toContain(`"class_name": "${name}"`);
    }
  });
});
