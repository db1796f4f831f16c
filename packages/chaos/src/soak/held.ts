import { get } from "node:http";
import { text } from "node:stream/consumers";
import type { Held } from "../history/ledger.ts";
import { pause } from "../run/wait.ts";

export interface AllHeld {
  readonly rows: Record<string, number>;
  readonly alarms: number;
  /** By agent. */
  readonly sockets: Record<string, number>;
}

/**
 * How much these agents hold. Rows and alarms are those of all together.
 *
 * @throws Error where one does not answer for ten seconds
 */
export async function heldBy(worker: URL, agents: readonly string[]): Promise<AllHeld> {
  const rows: Record<string, number> = {};
  const sockets: Record<string, number> = {};
  let alarms = 0;
  for (const agent of agents) {
    const held = await askHeld(new URL(`/control/${agent}/held`, worker));
    for (const [table, count] of Object.entries(held.rows)) rows[table] = (rows[table] ?? 0) + count;
    if (held.alarm) alarms += 1;
    sockets[agent] = held.sockets;
  }
  return { rows, alarms, sockets };
}

/** An agent that was just aborted, as by a fault, answers at the next try. */
async function askHeld(url: URL): Promise<Held> {
  let last: unknown;
  for (let tries = 0; tries < 100; tries++) {
    try {
      const held: Held = JSON.parse(await ask(url));
      return held;
    } catch (error) {
      last = error;
    }
    await pause(100);
  }
  throw new Error(`The Worker did not answer ${url.pathname} for 10 s.`, { cause: last });
}

/** Over a connection of its own, which ends with the answer: one that is kept would be counted. */
function ask(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      const { statusCode = 0 } = response;
      text(response).then((body) => (statusCode === 200 ? resolve(body) : reject(new Error(`${statusCode} ${body}`))), reject);
    }).on("error", reject);
  });
}
