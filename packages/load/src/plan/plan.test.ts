import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  artilleryName,
  generatorMetrics,
  generatorName,
  metrics,
  type GeneratorMetricName,
  type MetricName,
} from "../metrics/metric-list.ts";
import { readFlow } from "../script/read-flow.ts";
import { readOptions } from "../script/read-options.ts";
import { arrivalsOf, azureGaps, peakRate, quantilesOf, trafficPhases } from "./arrivals.ts";
import { artilleryScript, usedBy } from "./artillery-script.ts";
import { longestSeconds } from "./longest.ts";
import { runLimitMsOf, runsPerUser, scenarioNames, scenarios, tokensPerAnswerOf } from "./scenario-list.ts";
import { ensureConditions, integrityThresholds, k6Thresholds } from "./thresholds.ts";

const target = "http://localhost:8787";
const folder = join(import.meta.dirname, "../..");

describe("the names of metrics", () => {
  it("do not contain one another, because Artillery's ensure replaces them as text", () => {
    const all = [
      ...(Object.keys(metrics) as MetricName[]).flatMap((name) => [artilleryName("sse", name), artilleryName("ws", name)]),
      ...(Object.keys(generatorMetrics) as GeneratorMetricName[]).map(generatorName),
    ];
    expect(all.flatMap((one) => all.filter((other) => other !== one && other.includes(one)).map((other) => `${one} in ${other}`))).toEqual(
      [],
    );
  });

  it("have their unit at their end where they are times, as k6 allows names", () => {
    for (const [name, { kind, unit }] of Object.entries(metrics))
      expect([name, name.endsWith("_ms")]).toEqual([name, unit === "ms" && kind === "trend"]);
    expect(Object.keys(metrics).filter((name) => !/^[a-z_]{1,128}$/.test(name))).toEqual([]);
  });
});

describe.each(scenarioNames)("the scenario %s", (name) => {
  it("is a script that the engine takes, and brings whole numbers of users", () => {
    const {
      scenarios: [scenario],
      config,
    } = artilleryScript(name, { target });
    expect(readFlow(scenario).name).toBe(name);
    expect(runsPerUser(scenario.flow)).toBeGreaterThan(0);
    const whole = new Set(["arrivalRate", "arrivalCount", "rampTo", "maxVusers"]);
    const numbers = config.phases.flatMap((phase) => Object.entries(phase)).filter(([key]) => whole.has(key));
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.filter(([, value]) => !Number.isInteger(value))).toEqual([]);
  });

  it("asks for a long answer where something is to strike it while it is written", () => {
    const { byDefault, flow } = scenarios[name];
    const steps = flow(byDefault);
    const struck = steps.flatMap((step, index) => ("send" in step || "cancel" in step || "drop" in step ? [index] : []));
    const questions = struck.map((index) => steps.slice(0, index).findLast((step) => "start" in step));
    expect(questions.filter((step) => !/"Write \d{3,} words/.test(JSON.stringify(step)))).toEqual([]);
  });

  it("is the file that people run", async () => {
    const file = await readFile(join(folder, `scenarios/${name}.yml`), "utf8");
    expect(parse(file)).toEqual(JSON.parse(JSON.stringify(artilleryScript(name, { target: "{{ $env.AGENT_URL }}" }))));
  });

  it("has thresholds that forbid loss, and dropped arrivals", () => {
    const conditions = ensureConditions(scenarios[name].thresholds, ["sse"]).map(({ expression }) => expression);
    expect(conditions).toContain("(agent_transports.sse.events_lost + agent_transports.ws.events_lost) == 0");
    expect(conditions).toContain("vusers.skipped == 0");
  });
});

it("there is a file for each scenario, and no other", async () => {
  expect((await readdir(join(folder, "scenarios"))).toSorted()).toEqual(scenarioNames.map((name) => `${name}.yml`).toSorted());
});

describe("thresholds", () => {
  it("are the same for both tools", () => {
    const some = [...integrityThresholds, { is: "p95", metric: "first_event_ms", atMost: 700 }] as const;
    expect(ensureConditions(some, ["ws"]).map(({ expression }) => expression)).toEqual([
      "(agent_transports.sse.events_lost + agent_transports.ws.events_lost) == 0",
      "(agent_transports.sse.events_repeated + agent_transports.ws.events_repeated) == 0",
      "(agent_transports.sse.events_reordered + agent_transports.ws.events_reordered) == 0",
      "(agent_transports.sse.runs_failed + agent_transports.ws.runs_failed) <= 0.01 * (agent_transports.sse.runs_started + agent_transports.ws.runs_started)",
      "vusers.failed <= 0.01 * vusers.created",
      "agent_transports.ws.runs_finished > 0",
      "vusers.skipped == 0",
      "agent_transports.ws.first_event_ms.p95 <= 700",
    ]);
    expect(k6Thresholds(some, ["ws"])).toEqual({
      events_lost: ["count==0"],
      events_repeated: ["count==0"],
      events_reordered: ["count==0"],
      runs_failed: ["rate<=0.01"],
      "runs_finished{transport:ws}": ["count>0"],
      dropped_iterations: ["count==0"],
      "first_event_ms{transport:ws}": ["p(95)<=700"],
    });
  });

  it("on a transport are left out where no user comes over it", () => {
    expect([usedBy("sse"), usedBy({ sse: 0 }), usedBy({ sse: 1 }), usedBy({ sse: 0.2 })]).toEqual([
      ["sse"],
      ["ws"],
      ["sse"],
      ["sse", "ws"],
    ]);
  });
});

describe("arrivals as in real traffic", () => {
  it("come at the rate that is asked for, in bursts", () => {
    const phases = trafficPhases(azureGaps, 20, 600, 7);
    expect(phases.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(600);
    // Twelve thousand gaps: their sum is within 5 % of its mean by far.
    expect(arrivalsOf(phases) / 12_000).toBeGreaterThan(0.95);
    expect(arrivalsOf(phases) / 12_000).toBeLessThan(1.05);
    expect(peakRate(phases)).toBeGreaterThan(25);
    expect(trafficPhases(azureGaps, 20, 600, 7)).toEqual(phases);
    expect(trafficPhases(azureGaps, 20, 600, 8)).not.toEqual(phases);
  });

  it("take the quantiles of a trace", () => {
    const gaps = Array.from({ length: 1_000 }, (_, index) => index);
    const quantiles = new Map(quantilesOf(gaps.toReversed()));
    expect([quantiles.get(0), quantiles.get(0.5), quantiles.get(0.99), quantiles.get(1)]).toEqual([0, 500, 990, 999]);
    expect(() => quantilesOf([1])).toThrow(/three requests/);
  });

  it("of a slow rate become counts, because Artillery divides whole rates only", () => {
    const { config } = artilleryScript("steady", { target, rate: 0.5, seconds: 10 });
    expect(config.phases).toEqual([{ name: "steady", duration: 10, arrivalCount: 5, maxVusers: 100 }]);
  });
});

describe("a budget", () => {
  it("counts the runs of loops", () => {
    expect([
      runsPerUser(scenarios.steady.flow({ rate: 1, seconds: 1 })),
      runsPerUser(scenarios.sessions.flow({ rate: 1, seconds: 1 })),
    ]).toEqual([1, 4]);
  });

  it("counts the arrivals of ramps and spikes", () => {
    expect(arrivalsOf(scenarios.knee.phases({ rate: 99, seconds: 10 }))).toBe(500);
    expect(arrivalsOf(scenarios.spike.phases({ rate: 2, seconds: 60 }))).toBe(40 + 200 + 60);
  });
});

describe("the most seconds that a test takes", () => {
  const of = (name: "steady" | "sessions" | "mass-disconnect"): number => {
    const { phases, flow, byDefault } = scenarios[name];
    return longestSeconds(phases(byDefault), flow(byDefault), runLimitMsOf(name, byDefault));
  };

  it("are twice those of its arrivals, and what its slowest user may take", () => {
    expect(of("steady")).toBe(2 * 15 + 120);
    // A connection, four runs, and three seconds of thinking after three of them.
    expect(of("sessions")).toBe(2 * 30 + 5 * 120 + 3 * 3);
    // Its runs may take as much longer as their users are there before they go.
    expect(of("mass-disconnect")).toBe(2 * 10 + (120 + 12) + 12);
  });
});

describe("the users of mass-disconnect", () => {
  const { flow, phases, byDefault, mostSeconds = 0 } = scenarios["mass-disconnect"];

  it.each([2, 10, byDefault.seconds, 240, mostSeconds])(
    "that come within a test of %i s go away, and come back, while they are answered",
    (seconds) => {
      const wanted = { rate: 1, seconds };
      const [start, , drop] = JSON.parse(JSON.stringify(flow(wanted))) as [{ start: string }, unknown, { drop: { atSecond: number } }];
      const words = Number(/^Write (\d+) words/.exec(start.start)?.[1]);
      const { atSecond } = drop.drop;
      // At a hundred words a second: the first user's answer lasts, and the last user is there.
      expect(words / 100).toBeGreaterThan(atSecond + 2);
      expect(phases(wanted).reduce((sum, phase) => sum + phase.seconds, 0)).toBeLessThan(atSecond);
      // The scripted model writes no longer ones.
      expect(words).toBeLessThanOrEqual(20_000);
      // A run may take as long, and two minutes more.
      expect(runLimitMsOf("mass-disconnect", wanted)).toBe(120_000 + 1_000 * atSecond);
      const { config } = artilleryScript("mass-disconnect", { target, ...wanted });
      expect(readOptions({ target, engines: config.engines }).runLimitMs).toBe(120_000 + 1_000 * atSecond);
      expect(tokensPerAnswerOf("mass-disconnect", wanted)).toBeGreaterThan(words);
    },
  );
});

it("a script names another agent where one is asked for", () => {
  const agentOf = (agent?: string): string => {
    const { config } = artilleryScript("steady", { target, ...(agent === undefined ? {} : { agent }) });
    return readOptions({ target, engines: config.engines }).agent;
  };
  expect([agentOf(), agentOf("support-agent")]).toEqual(["transport-agent", "support-agent"]);
});
