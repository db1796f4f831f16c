import { parseEventId } from "@agent-transports/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";
import { conversationIn } from "../../test/recovery/conversations.ts";
import { agent, BEGUN, dying, HALF, say, textIn, WHOLE, type Given } from "../../test/recovery/lives.ts";
import { Turns } from "../../test/recovery/turns.ts";
import { DEFAULT_RECOVERY } from "../recovery/bounds.ts";
import { RunLog, type RunRecord } from "./log.ts";

afterEach(() => void vi.restoreAllMocks());

/** So many lives an agent has that dies in each, and one that ends its run. */
const LIVES = DEFAULT_RECOVERY.attempts + 2;

/** Runs that were alive when their agent died. */
async function deadIn(turns: Turns, count: number, given?: Given): Promise<RunRecord[]> {
  const life = turns.begin();
  const runs: RunRecord[] = [];
  for (let index = 0; index < count; index++) {
    const last = dying({ type: "start", messageId: `m${index}` }, ...HALF.slice(1));
    runs.push(agent(life, last, given).start({ prompt: `Question ${index}` }));
    await last.dead;
  }
  await life.durable();
  life.die();
  return runs;
}

/** Lives that die while they read the log of this run, in the turn in which they do, until there is one that does not. */
async function livesThatDieAt({ n, id }: RunRecord, turns: Turns, given: Given = {}) {
  vi.spyOn(console, "error").mockReturnValue();
  for (let lives = 1; lives <= 3 * LIVES; lives++) {
    const life = turns.begin();
    let dead = false;
    const one = agent(life, () => say("and the second."), { ...given, hooks: { ...given.hooks, durable: life.durable } });
    const read = one.log.read.bind(one.log);
    one.log.read = (of, ...where) => {
      if (of !== n) return read(of, ...where);
      dead = true;
      life.die();
      throw new Error("As a death that lets nothing run behind it.");
    };
    one.runs.recover();
    await vi.waitFor(() => expect(dead || new RunLog(turns.sql.storage).byId(id)?.state !== "running").toBe(true), { timeout: 20_000 });
    if (dead) continue;
    await one.ended();
    await life.durable();
    return { lives, one };
  }
  throw new Error("The agent was woken for ever.");
}

describe("an agent that dies in the turn in which it reads a log", () => {
  it("does so six times, and then ends that run without reading it", async () => {
    const turns = new Turns();
    const [run] = await deadIn(turns, 1);
    const { lives, one } = await livesThatDieAt(run!, turns);
    expect(lives).toBe(LIVES);
    expect(one.runs.find(run!.id)).toMatchObject({ state: "interrupted", error: { message: expect.stringContaining("died 6 times") } });
    expect(conversationIn(turns.sql).map(({ role }) => role)).toEqual(["user"]);
  });

  it("goes on with its other runs once that one has ended: no try is noted of what it did not come to", async () => {
    const turns = new Turns();
    const [first, second, third] = await deadIn(turns, 3);
    const { lives, one } = await livesThatDieAt(first!, turns);
    expect(lives).toBe(LIVES);
    const last = agent(turns.sql, () => say("unused"));
    for (const run of [second!, third!]) {
      expect(one.runs.find(run.id).state).toBe("finished");
      expect(textIn(last.chunks(run))).toBe(WHOLE);
      const resumed = last.chunks(run).filter(({ type }) => type === "data-resumed");
      expect(resumed).toMatchObject([{ data: { attempt: 1 } }]);
    }
  });

  it("is bounded where its runs do not go on, too: recovery is off", async () => {
    const turns = new Turns();
    const [run] = await deadIn(turns, 1);
    const { lives, one } = await livesThatDieAt(run!, turns, { recovery: { enabled: false } });
    expect(lives).toBe(LIVES);
    expect(one.runs.find(run!.id).state).toBe("interrupted");
  });

  it("at the level behind tells once what is lost, with contiguous ids, and does not go on in a later life", async () => {
    const turns = new Turns();
    const [run] = await deadIn(turns, 1, { level: "behind" });
    const ahead = new RunLog(turns.sql.storage).ahead(run!.n);
    expect(ahead).toBeGreaterThan(new RunLog(turns.sql.storage).tail(run!.n));
    const { lives, one } = await livesThatDieAt(run!, turns, { level: "behind" });
    expect(lives).toBe(LIVES);
    expect(one.runs.find(run!.id).state).toBe("interrupted");
    const chunks = agent(turns.sql, () => say("unused")).chunks(run!);
    expect(chunks.slice(ahead).map(({ type }) => type)).toEqual(["error", "data-run-end"]);
    const lost = chunks.filter(({ type }) => type === "data-lost") as { data?: { through: string } }[];
    expect(lost.length).toBeGreaterThan(0);
    expect(new Set(lost.map(({ data }) => parseEventId(data?.through ?? "")?.seq))).toEqual(new Set([ahead]));
  });
});

describe("an agent that wakes with dead runs", () => {
  it("reads none of their logs, and not the conversation, in the turn in which the first request waits for it", async () => {
    const turns = new Turns();
    const runs = await deadIn(turns, 20);
    const life = turns.begin();
    const one = agent(life, () => say("and the second."), { hooks: { durable: life.durable } });
    const [read, size] = [vi.spyOn(one.log, "read"), vi.spyOn(one.log, "size")];
    const messages = vi.spyOn(one.conversation, "messages", "get");
    expect(one.runs.recover()).toHaveLength(20);
    await Promise.resolve();
    expect([read, size, messages].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
    expect(one.runs.liveCount).toBe(20);
    await one.ended();
    expect(runs.map(({ id }) => one.runs.find(id).state)).toEqual(runs.map(() => "finished"));
  });

  it("ends a run that is cancelled before it is come to, with its answer as far as it came", async () => {
    const turns = new Turns();
    const [first, second] = await deadIn(turns, 2);
    const life = turns.begin();
    const asked: string[] = [];
    const one = agent(
      life,
      ({ runId }) => {
        asked.push(runId);
        return say("and the second.");
      },
      { hooks: { durable: life.durable } },
    );
    one.runs.recover();
    expect(one.runs.cancel(second!.id).state).toBe("cancelled");
    await one.ended();
    expect(asked).toEqual([first!.id]);
    expect(conversationIn(turns.sql).filter(({ role }) => role === "assistant")).toHaveLength(2);
    expect(one.chunks(second!).filter(({ type }) => type === "data-run-end")).toHaveLength(1);
  });

  it("takes a run up once, also where its start is made again", async () => {
    const turns = new Turns();
    const [run] = await deadIn(turns, 1);
    const life = turns.begin();
    let asked = 0;
    const one = agent(
      life,
      () => {
        asked += 1;
        return say("and the second.");
      },
      { hooks: { durable: life.durable } },
    );
    expect([one.runs.recover().length, one.runs.recover().length]).toEqual([1, 0]);
    await one.ended();
    expect(one.runs.recover()).toEqual([]);
    expect(asked).toBe(1);
    expect(
      one
        .chunks(run!)
        .map(({ type }) => type)
        .filter((type) => type === "data-resumed"),
    ).toHaveLength(1);
    expect(one.chunks(run!).slice(1, BEGUN.length)).toEqual(BEGUN.slice(1));
  });
});
