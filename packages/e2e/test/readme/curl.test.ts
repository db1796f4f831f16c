import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { needs } from "@agent-transports/lab/needs";
import { curl } from "@agent-transports/lab/tools";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorization, newest, startGuarded, startOpen, TOKEN, type LoggedRun } from "./agent.ts";
import { curlsOf, readDocuments } from "./blocks.ts";
import { replace } from "./examples.ts";

// The example's own agent is asked in a test beside it (packages/agent-worker/test/example.test.ts).
const asked = curlsOf(await readDocuments()).filter(({ command }) => !command.includes("/agents/support-agent/"));
const commands = asked.map(({ id, command }) => ({
  id,
  command,
  guarded: command.includes("<the token>"),
  reads: command.includes("/runs") ? textOfEvents : (printed: string) => printed,
}));

/** The text of an event stream that has come to its end. */
function textOfEvents(printed: string): string {
  const lines = printed.split("\n").filter((line) => line.startsWith("data: "));
  const chunks = lines.map((line) => JSON.parse(line.slice("data: ".length)) as { type: string; delta?: string });
  if (chunks.at(-1)?.type !== "data-run-end") throw new Error(`The stream was cut: ${printed.slice(-200)}`);
  return chunks.map(({ delta = "" }) => delta).join("");
}

describe("curl, as in the documents:", { timeout: 120_000, ...needs(curl) }, () => {
  let open: WorkerHost;
  let guarded: WorkerHost;
  beforeAll(async () => {
    open = await startOpen();
    guarded = await startGuarded();
  }, 60_000);
  afterAll(async () => {
    await open?.dispose();
    await guarded?.dispose();
  });

  it("appears in each document that should have it", () => {
    expect(new Set(commands.map(({ id }) => id.split("#")[0]))).toEqual(new Set(["README.md", "agent-worker"]));
  });

  it.each(commands)("$id: $command", async ({ command, guarded: asksToken, reads }) => {
    const asked = asksToken
      ? replace(command, { "https://<your Worker>": guarded.url.origin, "<the token>": TOKEN })
      : replace(command, { "http://localhost:8787": open.url.origin });
    const { stdout } = await promisify(execFile)("bash", ["-c", asked], { timeout: 50_000 });
    // With no agent named, it is the one named default.
    const run: LoggedRun = asksToken ? await newest(guarded.url, "default", authorization) : await newest(open.url);
    expect({ text: reads(stdout), state: run.state }).toEqual({ text: run.text, state: "finished" });
    expect(run.text.split(" ").length).toBeGreaterThan(20);
  });
});
