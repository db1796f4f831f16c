/** The engine in Artillery itself, as a user runs it: `artillery run`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, describe, it } from "vitest";
import { parse } from "yaml";
import { readReport, type LoadResult } from "../src/results/report.ts";

let host: WorkerHost;
let folder: string;
beforeAll(async () => {
  host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "400" } });
  folder = await mkdtemp(join(tmpdir(), "artillery-"));
});
afterAll(async () => {
  await host?.dispose();
  await rm(folder, { recursive: true, force: true });
});

const root = join(import.meta.dirname, "..");

/** Artillery has a worker for each core but one. This machine may have two cores, and several workers are to be seen. */
const FOUR_CORES = `--import "data:text/javascript,import os from 'node:os'; const [core] = os.cpus(); os.cpus = () => [core, core, core, core];"`;

interface Ran {
  readonly code: unknown;
  readonly said: string;
  readonly result: () => Promise<LoadResult>;
}

/** @param config in place of the file's */
async function artillery(
  name: string,
  file: string,
  config: object,
  { scenarios, nodeOptions = "" }: { scenarios?: object; nodeOptions?: string } = {},
): Promise<Ran> {
  const report = join(folder, `${name}.json`);
  const overrides = JSON.stringify({ config, ...(scenarios === undefined ? {} : { scenarios }) });
  const args = [
    join(root, "artillery/node_modules/artillery/bin/run"),
    "run",
    join(root, "scenarios", file),
    "--overrides",
    overrides,
    "--output",
    report,
  ];
  const env = { ...process.env, AGENT_URL: host.url.href, ARTILLERY_DISABLE_TELEMETRY: "1", NODE_OPTIONS: nodeOptions };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += String(data)));
  const [code] = await once(child, "close");
  return { code, said, result: async () => readReport(JSON.parse(await readFile(report, "utf8")), report) };
}

/** The file's own thresholds, with a minute for the first event: other tests run beside this one. */
async function patient(file: string): Promise<object> {
  const { config } = parse(await readFile(join(root, "scenarios", file), "utf8"));
  const conditions: readonly { expression: string }[] = config.plugins.ensure.conditions;
  return {
    ensure: { conditions: conditions.map(({ expression }) => ({ expression: expression.replace(/p95 <= \d+$/, "p95 <= 60000") })) },
  };
}

const phases = [{ duration: 2, arrivalRate: 6, maxVusers: 300 }];

describe.concurrent("artillery run", () => {
  it("adds up what three workers measured, and ends with 0 where every threshold holds", async ({ expect }) => {
    const { code, said, result } = await artillery(
      "held",
      "steady.yml",
      { phases, plugins: await patient("steady.yml") },
      { nodeOptions: FOUR_CORES },
    );
    expect([code, said]).toEqual([0, expect.stringContaining("ok: vusers.skipped == 0")]);
    expect(said).not.toMatch(/^fail/m);
    const { counters, distributions } = await result();
    const of = (name: string): number | undefined => counters[`agent_transports.${name}`];
    expect([of("generators"), of("sse.runs_finished"), of("ws.runs_finished"), of("sse.events_lost"), of("ws.events_lost")]).toEqual([
      3, 6, 6, 0, 0,
    ]);
    const counts = ["sse.first_event_ms", "ws.first_event_ms", "sse.run_ms", "ws.run_ms"].map(
      (name) => distributions[`agent_transports.${name}`]?.count,
    );
    expect(counts).toEqual([6, 6, 6, 6]);
  });

  it("ends with 1 where a threshold is broken", async ({ expect }) => {
    const ensure = {
      conditions: [{ expression: "agent_transports.sse.first_event_ms.p95 <= 0" }, { expression: "agent_transports.ws.events_lost == 0" }],
    };
    const { code, said } = await artillery("broken", "steady.yml", { phases, plugins: { ensure } });
    expect([code, said]).toEqual([1, expect.stringMatching(/fail: agent_transports\.sse\.first_event_ms\.p95 <= 0/)]);
    expect(said).toContain("ok: agent_transports.ws.events_lost == 0");
  });

  it("ends with 1 where arrivals were dropped", async ({ expect }) => {
    const { code, said, result } = await artillery("dropped", "steady.yml", { phases: [{ duration: 2, arrivalRate: 30, maxVusers: 3 }] });
    expect([code, said]).toEqual([1, expect.stringContaining("fail: vusers.skipped == 0")]);
    expect((await result()).counters["vusers.skipped"]).toBeGreaterThan(0);
  });

  it("ends with 11, and the name of the step, for a script that cannot be run", async ({ expect }) => {
    const { code, said } = await artillery(
      "wrong",
      "steady.yml",
      { phases },
      { scenarios: [{ name: "chat", engine: "agent-transports", flow: [{ start: "a" }, { read: "edn" }] }] },
    );
    expect([code, said]).toEqual([11, expect.stringContaining('[ScriptError]: scenario "chat", step 2 (read): give end, { events: 5 }')]);
  });

  it("runs a file whose users connect, ask, send inputs, cancel and think", async ({ expect }) => {
    const { code, said, result } = await artillery("sessions", "sessions.yml", {
      phases: [{ duration: 2, arrivalRate: 2, maxVusers: 100 }],
      plugins: await patient("sessions.yml"),
    });
    expect([code, said]).toEqual([0, expect.not.stringMatching(/^fail/m)]);
    const { counters } = await result();
    const counts = ["vusers.completed", "agent_transports.sse.runs_cancelled", "agent_transports.ws.runs_cancelled"].map(
      (name) => counters[name],
    );
    expect(counts).toEqual([4, 2, 2]);
  });
});
