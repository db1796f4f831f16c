/** Kills at random while twenty answers are written, so short that no bound ends one. `RECOVERY_KILLS=100` makes as many for each way, and takes some minutes. */
import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "@agent-transports/lab/random";
import { expect, it, vi } from "vitest";
import { startMortal } from "./mortal.ts";

const KILLS = Number(process.env["RECOVERY_KILLS"] ?? 15);
const ALIVE = 20;
/** Of one conversation. */
const QUESTIONS = 5;
const SEED = Number(process.env["RECOVERY_SEED"] ?? 1);

it.each(["replayed", "continued"] as const)(
  "answers that are %s are whole, once, for readers over both transports, wherever their Worker is killed",
  { timeout: 60_000 + KILLS * 20_000 },
  async (way) => {
    const next = seededRandom(SEED);
    const mortal = await startMortal(way);
    const asking = new AbortController();
    const ended: {
      readonly state: string | undefined;
      readonly why: string | undefined;
      readonly whole: boolean;
      readonly resumed: number;
    }[] = [];
    let questions = 0;
    /** Whose answer has gone on since the Worker was last back. */
    const gained = new Set<number>();
    /** One answer after another, until enough kills were made; over one transport. */
    const ask = async (index: number): Promise<void> => {
      let client: ReturnType<typeof mortal.client> | undefined;
      for (let asked = 0; !asking.signal.aborted; asked++) {
        // A conversation that grows for as long as the kills go on is shown to the model again each time, until that bound ends an answer.
        if (asked % QUESTIONS === 0) {
          client?.close();
          client = mortal.client(index % 2 === 0 ? "sse" : "ws", `agent-${index}-${asked}`);
        }
        if (client === undefined) break;
        const id = `${way}-${(questions += 1)}`;
        const { prompt, text } = mortal.script(id, 100 + Math.floor(next() * 250), 8);
        const run = client.start({ prompt });
        let read = "";
        let resumed = 0;
        for await (const { data } of run) {
          if (data.type === "text-delta") {
            read += data.delta;
            gained.add(index);
          }
          if (data.type === "data-resumed") resumed += 1;
        }
        ended.push({ state: run.end?.state, why: run.end?.error?.message, whole: read === text, resumed });
        mortal.provider.removeReply(id);
      }
      client?.close();
    };
    try {
      const asked = Promise.all(Array.from({ length: ALIVE }, (_, index) => ask(index)));
      for (let kill = 0; kill < KILLS; kill++) {
        // An answer that gains nothing in five lives ends, and a busy machine needs seconds to its first word. A third of the kills come regardless.
        if (kill % 3 > 0) await vi.waitUntil(() => gained.size > ALIVE / 2, { timeout: 60_000, interval: 20 });
        await pause(300 + next() * 1_500);
        await mortal.kill();
        gained.clear();
        await mortal.revive();
      }
      asking.abort();
      await asked;
      console.log(`${way}: ${KILLS} kills, ${ended.length} answers, ${ended.reduce((sum, one) => sum + one.resumed, 0)} times taken up`);
      expect(ended.filter(({ state, whole }) => state !== "finished" || !whole)).toEqual([]);
      expect(ended.some(({ resumed }) => resumed > 0)).toBe(true);
    } finally {
      asking.abort();
      await mortal.close();
    }
  },
);
