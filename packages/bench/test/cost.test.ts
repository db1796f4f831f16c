import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linux, needs } from "@agent-transports/lab/needs";
import { startProvider, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { peersWorker } from "@agent-transports/peers";
import { PING_FRAME, PONG_FRAME } from "@agent-transports/protocol";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import { costCommand } from "../src/cli/commands/cost.ts";
import { costArms } from "../src/cost-measurements/cost-arms.ts";
import { countBilled } from "../src/cost-measurements/count-billed.ts";
import { measureUsage } from "../src/cost-measurements/measure-usage.ts";
import { usageFile } from "../src/cost-measurements/usage-file.ts";
import { nothing } from "../src/cost/billed-usage.ts";
import type { MeasuredArm } from "../src/cost/measured-arm.ts";
import { publishedPrices } from "../src/cost/prices.ts";
import { readEnvironment } from "../src/run/environment.ts";

const TOKENS = 200;
let provider: ScriptedProvider;
let host: WorkerHost;
let measured: readonly MeasuredArm[];
let ids = 0;

beforeAll(async () => {
  provider = await startProvider();
  host = await startWorker(peersWorker(provider.baseUrl));
  const bench = { hostOf: () => host, provider, random: () => 0.5, id: () => `a${(ids += 1)}` };
  const plan = { arms: costArms, tokens: [TOKENS], tokensPerSecond: [50], pauseMs: 14_000, inputSeconds: 2, onStep: () => undefined };
  measured = await measureUsage(bench, plan);
}, 180_000);

afterAll(async () => {
  await host.dispose();
  await provider.close();
});

function arm(id: string): MeasuredArm {
  const found = measured.find((one) => one.id === id);
  if (found === undefined) throw new Error(`There is no arm ${id}.`);
  return found;
}

const answerOf = (id: string): MeasuredArm["opening"] => arm(id).answers[0]!.usage;

describe("what an answer is billed by", () => {
  it.each(["ours-sse", "ours-event-sse", "ours-behind-sse", "held"])(
    "over SSE (%s) is one request, to the Worker and to the object",
    (id) => {
      expect(answerOf(id)).toMatchObject({ workerRequests: 1, objectRequests: 1, messages: 0 });
    },
  );

  it.each(["ours-ws", "ours-event-ws", "ours-behind-ws", "ai-chat"])("over WebSocket (%s) is messages, and its opening a request", (id) => {
    expect(answerOf(id)).toMatchObject({ workerRequests: 0, objectRequests: 0 });
    expect(answerOf(id).messages).toBeGreaterThanOrEqual(1);
    expect(answerOf(id).messages).toBeLessThan(4);
    expect(arm(id).opening).toMatchObject({ workerRequests: 1, objectRequests: 1 });
  });

  it("is two requests where an EventSource reads it, which cannot post", () => {
    expect(answerOf("streams")).toMatchObject({ workerRequests: 2, objectRequests: 2 });
  });

  it("has the rows that each level writes, and what deleting them writes", () => {
    const rows = (id: string): number => answerOf(id).rowsWritten;
    for (const transport of ["sse", "ws"]) {
      expect(rows(`ours-event-${transport}`)).toBeGreaterThan(rows(`ours-${transport}`));
      expect(rows(`ours-${transport}`)).toBeGreaterThan(rows(`ours-behind-${transport}`));
      expect(answerOf(`ours-${transport}`).rowsDeleted).toBeGreaterThan(0);
    }
    // A machine that is busy joins tokens.
    expect(rows("streams")).toBeGreaterThan(TOKENS / 2);
    expect(rows("streams")).toBeLessThan(TOKENS + 50);
  });

  it("takes as long as it is generated", () => {
    for (const { answers } of measured) {
      expect(answers[0]?.usage.awakeMs).toBeGreaterThan(3_900);
      // Some seconds, were it not for machines that are busy: an object that is held awake is so for minutes.
      expect(answers[0]?.usage.awakeMs).toBeLessThan(60_000);
    }
  });

  it("has a little CPU time of the Worker for each request, and none for messages", needs(linux), () => {
    expect(answerOf("ours-sse").workerCpuMs).toBeGreaterThan(0);
    expect(answerOf("ours-sse").workerCpuMs).toBeLessThan(200);
    expect(answerOf("ours-ws").workerCpuMs).toBe(0);
  });
});

describe("between answers", () => {
  it.each(costArms.filter(({ id }) => id !== "held"))("the object sleeps: $label", ({ id }) => {
    expect(arm(id).sleeps).toBe(true);
  });

  it("an event stream that is held open keeps it awake, with no timer and no byte", () => {
    expect(arm("held").sleeps).toBe(false);
    // The answer behind the pause found it as it was.
    expect(arm("held").afterPause.rowsRead).toBeLessThan(arm("ours-sse").afterPause.rowsRead);
  });

  it("pings that the runtime answers reach no object", async () => {
    const [ours] = costArms;
    const url = new URL("/agents/our-agent/pinged?v=1", host.url);
    const socket = new WebSocket(url.href.replace("http", "ws"));
    onTestFinished(() => socket.terminate());
    const pongs = vi.fn<(data: string) => void>();
    socket.on("message", (data: Buffer) => pongs(data.toString()));
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    for (let sent = 0; sent < 5; sent++) socket.send(PING_FRAME);
    await expect.poll(() => pongs.mock.calls.filter(([data]) => data === PONG_FRAME)).toHaveLength(5);
    expect((await countBilled(host.url, ours!, "pinged")).usage).toMatchObject({ messages: 0, workerRequests: 1, objectRequests: 1 });
  });
});

describe("an input into a live answer", () => {
  it("is a message over WebSocket, and a request or a part of one over SSE", () => {
    for (const level of ["", "event-", "behind-"]) {
      expect(arm(`ours-${level}ws`).input).toMatchObject({ messages: 1, workerRequests: 0 });
      const sse = arm(`ours-${level}sse`).input;
      expect(sse?.messages).toBe(0);
      expect(sse?.objectRequests).toBeGreaterThan(0);
      expect(sse?.objectRequests).toBeLessThanOrEqual(1);
    }
  });

  it("is nothing that AIChatAgent or agents/streams take", () => {
    expect([arm("ai-chat").input, arm("streams").input]).toEqual([null, null]);
  });
});

describe("the command", () => {
  let dir: string;
  let file: string;
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const run = async (...argv: readonly string[]): Promise<string> => {
    log.mockClear();
    expect(await costCommand(argv)).toBe(0);
    return log.mock.calls.join("\n");
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "bench-cost-"));
    file = join(dir, "usage.json");
    const usage = { startedAt: "2026-11-29T00:00:00.000Z", environment: await readEnvironment(), pauseMs: 14_000, arms: [...measured] };
    await writeFile(file, JSON.stringify(usageFile(usage)));
  });
  afterAll(async () => {
    log.mockRestore();
    await rm(dir, { recursive: true, force: true });
  });

  it("prints each term, sessions, waiting, what changes it, and what it rests on", async () => {
    const text = await run("--usage", file);
    for (const { label } of costArms) expect(text.split("\n").filter((row) => row.startsWith(`${label}  `))).toHaveLength(4);
    expect(text).toMatch(/rows written +rows deleted +generation +idle +requests +messages +rows read +CPU +storage +sum +of gpt-4o/);
    expect(text).toMatch(/a page that waits, \$ +can the object sleep +an hour +a month/);
    expect(text).toMatch(/ours over SSE, and an EventSource held open +no +0\.0058 +4\.147/);
    // Only one rate was measured.
    expect(text).toMatch(/ours over SSE +.* – +0\.\d+ +–\n/);
    expect(text).toContain("Prices were read on 2026-11-29.");
  });

  it("prints figures as JSON, whose prices are a file for --prices: twice the price is twice the cost", async () => {
    const { prices, arms } = JSON.parse(await run("--usage", file, "--json")) as {
      prices: typeof publishedPrices;
      arms: { answers: { terms: { rowsWritten: number }; total: number } }[];
    };
    expect(prices).toEqual(publishedPrices);
    const dearer = join(dir, "prices.json");
    await writeFile(dearer, JSON.stringify({ ...prices, rowsWritten: { ...prices.rowsWritten, usd: 2 } }));
    const other = JSON.parse(await run("--usage", file, "--json", "--prices", dearer)) as { arms: typeof arms };
    expect(other.arms[0]!.answers.terms.rowsWritten).toBeCloseTo(2 * arms[0]!.answers.terms.rowsWritten, 9);
  });

  it("prints Markdown with the command that made it", async () => {
    const text = await run("--usage", file, "--markdown", "--model", "gpt-4o");
    expect(text).toContain(`\`npx -y pnpm@12 bench cost --usage ${file} --model gpt-4o\`, counted 2026-11-29`);
    expect(text).toMatch(/^\| 1,000 answers, \$ \| rows written \|/);
    expect(text).not.toContain("gpt-6-luna");
  });

  it.each([
    [["x"], /cost takes no x/],
    [["--json", "--markdown"], /Choose one form/],
    [["--usage", "FILE", "--rate", "51"], /--rate 51: this was measured at 50 tokens\/s\. Measure again, with --rates/],
    [["--rates", "20,40"], /--rate 50: this would be measured at 20 to 40 tokens\/s\. Give --rates on both sides of it/],
    [["--usage", "FILE", "--out", "elsewhere"], /--out and --usage do not go together/],
    [["--usage", "FILE", "--model", "gpt-4"], /no price of gpt-4\. Did you mean gpt-4o\?/],
    [["--usage", "/nowhere.json"], /cannot be read/],
    [["--usage", "FILE", "--prices", "FILE"], /is wrong at readOn/],
    [["--usage", "package.json"], /is no usage that bench cost has measured/],
  ])("%j is refused, with what to do", async (argv, message) => {
    const words = argv.map((word) => (word === "FILE" ? file : word));
    await expect(costCommand(words)).rejects.toThrow(message);
  });

  it("refuses a file that lost a part, and says which", async () => {
    const damaged = join(dir, "damaged.json");
    const arms = [{ ...measured[0], opening: { ...nothing, rowsWritten: "many" } }];
    const usage = { ...usageFile({ startedAt: "", environment: await readEnvironment(), pauseMs: 1, arms: [] }), arms };
    await writeFile(damaged, JSON.stringify(usage));
    await expect(costCommand(["--usage", damaged])).rejects.toThrow(/is wrong at arms\.0\.opening\.rowsWritten/);
  });
});
