/** The edges of the command line: what is wrong is said at once, in one line that names the remedy, and nothing is started. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "@agent-transports/lab/listen";
import { linux, needs } from "@agent-transports/lab/needs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { assertAgentAt } from "../src/lab/deployment.ts";
import { lineOf, main } from "../src/cli/main.ts";
import { saveResults } from "../src/results/store.ts";
import { cli } from "./cli.ts";
import { makeResults } from "./fixtures/results.ts";

let dir: string;
let results: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "bench-edges-"));
  await saveResults(dir, makeResults({ groups: 2, size: 0.1 }));
  results = join(dir, "results.json");
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What a command line is refused with. */
async function refusal(...argv: readonly string[]): Promise<string> {
  const error: unknown = await main(argv).then(
    (code) => new Error(`It ended with ${code}.`),
    (thrown: unknown) => thrown,
  );
  const line = await lineOf(error);
  if (line === undefined) throw error;
  expect(line).not.toContain("\n");
  return line;
}

async function helpOf(...argv: readonly string[]): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    expect(await main(argv)).toBe(0);
    return log.mock.calls.join("\n");
  } finally {
    log.mockRestore();
  }
}

/** Every flag that takes a value, by command: values that it does not take. The words `FILE` stand for a file of results. */
const wrong: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  run: {
    trace: ["/nowhere.csv"],
    link: ["", "one.down", "a,b,c", "/nowhere.down,/nowhere.up"],
    out: ["/dev/null/x"],
    seed: ["-1", "1.5", "x", "", "4294967296"],
    port: ["70000", "x", ""],
    handicap: ["sse", "floor=2", "sse=x", "ws=99999999"],
    url: ["nope", "ftp://a.example", "", "http://"],
    "max-runs": ["0", "x", "1e3"],
    "max-rate": ["0", "-1", "x", "Infinity", "0.0000001", "0x10"],
  },
  "report FILE": { out: ["/dev/null/x"] },
  "compare FILE FILE": { "max-regression": ["x", "-1%", ""], metric: ["", "a/b/c/d", "connect=x", "nope"], out: ["/dev/null/x"] },
  "answer FILE": { weights: ["/nowhere.json", ""] },
  "combine FILE FILE": { out: ["/dev/null/x"] },
  "verdicts FILE": { write: ["/nowhere/README.md"], check: ["/nowhere/README.md"] },
  load: {
    rate: ["0", "x", "-1", "Infinity", "1e9", ""],
    duration: ["0s", "x", "", "1e9s", "10m", "12.5s"],
    transport: ["tcp", "sse=2", "ws=0.5", ""],
    scenario: ["stedy", "", "steady"],
    trace: ["trace.csv"],
    url: ["nope", "ftp://a.example", ""],
    agent: ["support-agent", "a/b", ""],
    agents: ["0", "1.5", "x", "99999999"],
    "p95-first-event": ["0", "x", ""],
    "max-runs": ["0", "x"],
    out: ["/dev/null/x"],
  },
  agents: {
    megabytes: ["0", "x"],
    answers: ["0", "x"],
    tokens: ["0", "1.5"],
    away: ["0", "x"],
    rounds: ["0", "x", "1.5"],
    seed: ["0", "x"],
    out: ["/dev/null/x"],
  },
  clients: { events: ["0"], runs: ["x"], megabytes: ["-1"], rounds: ["0", "x"], seed: ["x"], out: ["/dev/null/x"] },
  cost: {
    usage: ["/nowhere.json", ""],
    out: ["/dev/null/x"],
    rates: ["0", "20,x", "500", ""],
    answers: ["0", "x"],
    tokens: ["0", "1.5"],
    rate: ["0", "x", "201"],
    "first-token": ["-1", "x"],
    think: ["-1", "x", "1m"],
    "kept-days": ["x"],
    prices: ["/nowhere.json"],
    model: ["none", ""],
    "input-tokens": ["-1", "1.5"],
  },
  simulate: {
    experiments: ["0", "x"],
    reports: ["0", "x"],
    groups: ["", "5,x", "0"],
    spreads: ["/nowhere/results.json"],
    resamples: ["0", "x"],
    seed: ["x"],
    workers: ["0", "x"],
    "several-runs": ["0", "x"],
  },
};
const cases = Object.entries(wrong).flatMap(([command, flags]) =>
  Object.entries(flags).flatMap(([flag, values]) => values.map((value) => ({ command, argument: `--${flag}=${value}` }))),
);

describe("a value that a flag does not take", () => {
  it.each(cases)("$command $argument is one line", async ({ command, argument }) => {
    const words = command.split(" ").map((word) => (word === "FILE" ? results : word));
    expect(await refusal(...words, argument)).toMatch(/./);
  });

  // The help of `run` is that of the program; `report` stands in it too, with one flag of run's.
  it.each(Object.keys(wrong).filter((command) => !command.startsWith("report")))(
    "is tried of every flag that the help of %s names",
    async (command) => {
      const [name = ""] = command.split(" ");
      const help = await (name === "run" ? helpOf("--help") : helpOf(name, "--help"));
      const named = [...help.matchAll(/^ +--([a-z0-9-]+) (?:[A-Z]+|[a-z]+=\d+|\d\S*|[A-Z]+\.md)(?: |$)/gm)].map(([, flag]) => flag!);
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((flag) => !(flag in wrong[command]!))).toEqual([]);
    },
  );

  it("ends the program with 2, and no stack", async () => {
    const { code, stdout, stderr } = await cli("load", "--rate", "x");
    expect([code, stdout, stderr]).toEqual([2, "", "bench: --rate x: give a number from 0.001 to 10000.\n"]);
  });
});

describe("what there is not", () => {
  it.each([
    [["list", "connect"], /list takes no connect/],
    [["list", "--seed", "1"], /list takes no --seed/],
    [["simulate", "x"], /simulate takes no x/],
    [["combine", "x"], /combine needs two files or more/],
    [["load", "x"], /load takes no x\. There are steady, real-traffic/],
    [["load", "stedy"], /Did you mean steady\?/],
    [["load", "steady", "spike"], /load takes one scenario/],
    [["load", "steady", "--scenario", "spike"], /--scenario is an option of load merge/],
    [
      ["load", "knee", "--url", "http://127.0.0.1:9"],
      /knee is a ramp from 1 user\/s up to --rate, and needs one above 1: load knee --rate 10/,
    ],
    [["load", "knee", "--rate", "0.5"], /needs one above 1/],
    [["load", "real-traffic", "--trace", "/nowhere.csv"], /\/nowhere\.csv cannot be read/],
    [["load", "--duration", "12.5s"], /--duration 12\.5s: give whole seconds, as in 13s\. Artillery takes no others/],
    [["load", "mass-disconnect", "--duration", "361s"], /mass-disconnect takes a --duration of 360s at most: an answer lasts as long/],
    [["load", "--agent", "support-agent"], /--agent is an option of --url: the Worker that load starts has transport-agent alone/],
    [["load", "--agent", "a/b"], /--agent a\/b: give the agent's part of the URL, as in support-agent of/],
    [["load", "merge"], /load merge needs files/],
    [["load", "merge", "/nowhere/report.json"], /cannot be read/],
    [["agents", "--round", "1"], /no option --round\. Did you mean --rounds\?/],
    [["simulate", "--sed", "1"], /no option --sed\. Did you mean --seed\?/],
    [["resume", "/nowhere/results.json"], /cannot be read/],
    [["raw", "/nowhere/results.json", "$"], /cannot be read/],
  ])("%j is refused in one line", async (argv, message) => {
    expect(await refusal(...argv)).toMatch(message);
  });

  it("a folder that cannot be is refused before anything starts", needs(linux), async () => {
    for (const command of [["run", "connect"], ["agents"], ["report", results]]) {
      expect(await refusal(...command, "--out", "/proc/nope/deeper")).toMatch(
        /^\/proc\/nope\/deeper cannot be written: ENOENT.*--out DIR\.$/,
      );
    }
  });

  it("a folder in a folder that is not there yet is made", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    onTestFinished(() => log.mockRestore());
    expect(await main(["report", results, "--out", join(dir, "a/b/c")])).toBe(0);
    expect(await readdir(join(dir, "a/b/c"))).toContain("report.html");
  });
});

describe("a deployment", () => {
  /** A server that answers everything alike. */
  async function serve(answer: RequestListener): Promise<URL> {
    const server = createServer(answer);
    onTestFinished(() => void server.close());
    return new URL(`http://127.0.0.1:${await listen(server)}`);
  }
  const json = { "Content-Type": "application/json" };

  it("that is not there ends every command that would ask it, with its URL", async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const url = `http://127.0.0.1:${port}/`;
    const said = new RegExp(`^Nothing answers at ${url}: .*ECONNREFUSED.*Is the Agent running there\\?$`);
    expect(await refusal("load", "--url", url)).toMatch(said);
    expect(await refusal("run", "uplink", "--url", url, "--yes", "--out", join(dir, "dead"))).toMatch(said);
  });

  it("that takes a connection and says nothing is given up", async () => {
    const connections: Socket[] = [];
    // A client that gives up may reset its connection: an error that nobody listens for would end the process.
    const server = createTcpServer((socket) => void connections.push(socket.on("error", () => undefined)));
    const port = await listen(server);
    onTestFinished(() => {
      for (const socket of connections) socket.destroy();
      server.close();
    });
    await expect(assertAgentAt(new URL(`http://127.0.0.1:${port}`), { limitMs: 1_000 })).rejects.toThrow(/no answer within 1 s/);
    expect(connections).toHaveLength(1);
  });

  it.each([
    ["asks for a token", 401, json, /asks for credentials.*AGENT_TOKEN/],
    ["has no such path", 404, json, /No Agent of this project is at http.*404/],
    ["is another site", 200, { "Content-Type": "text/html" }, /No Agent of this project/],
    ["is broken", 500, json, /No Agent of this project.*500/],
  ])("that %s is named, with what it said", async (_what, status, headers, message) => {
    const url = await serve((_request, response) => response.writeHead(status, headers).end("{}"));
    await expect(assertAgentAt(url)).rejects.toThrow(message);
  });

  it("is asked for the agent that --agent names", async () => {
    const asked: (string | undefined)[] = [];
    const url = await serve(({ url: path }, response) => {
      asked.push(path);
      response.writeHead(404, json).end("{}");
    });
    expect(await refusal("load", "--url", url.href, "--agent", "support-agent")).toMatch(/GET \/agents\/support-agent\/bench\/runs/);
    expect(await refusal("load", "--url", url.href)).toMatch(/GET \/agents\/transport-agent\/bench\/runs/);
    expect(asked).toHaveLength(2);
  });

  it.each([200, 403, 429, 503])("that answers %i as an Agent does is asked on", async (status) => {
    const url = await serve((_request, response) => response.writeHead(status, json).end('{"runs":[]}'));
    await expect(assertAgentAt(url)).resolves.toBeUndefined();
  });
});

describe("what is printed to be typed", () => {
  it("begins with a command that works in a fresh clone", async () => {
    for (const command of [
      [],
      ["agents"],
      ["clients"],
      ["combine"],
      ["compare"],
      ["load"],
      ["raw"],
      ["cost"],
      ["answer"],
      ["simulate"],
      ["verdicts"],
    ]) {
      const help = await helpOf(...command, "--help");
      expect(help).not.toContain("transport-bench");
      expect(help).toMatch(/npx -y pnpm@12 (bench|load)/);
    }
    const readme = join(dir, "README.md");
    await writeFile(readme, "<!-- verdicts:begin -->\n<!-- verdicts:end -->\n");
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    onTestFinished(() => error.mockRestore());
    expect(await main(["verdicts", results, "--check", readme])).toBe(1);
    expect(error.mock.calls.join()).toContain(`npx -y pnpm@12 bench verdicts ${results}`);
  });
});
