import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWorker } from "@agent-transports/lab/worker-host";
import { expect, it } from "vitest";

const TOKEN = "a-token-of-the-test";

it("a deployment that asks for a token is loaded over both transports by Artillery, once its budget is agreed to", async () => {
  const guarded = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "500", AGENT_TOKENS: `load=${TOKEN}` } });
  const out = await mkdtemp(join(tmpdir(), "load-soak-"));
  try {
    // A minute for the first event: no speed is asserted here.
    const flags = ["--rate", "2", "--duration", "2s", "--p95-first-event", "60000", "--yes", "--out", out];
    const program = join(import.meta.dirname, "../../bin/transport-bench.js");
    const child = spawn(process.execPath, [program, "load", "--url", guarded.url.href, ...flags], {
      env: { ...process.env, AGENT_TOKEN: TOKEN },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += String(data)));
    const [code] = await once(child, "close");
    expect([code, said]).toEqual([0, expect.stringMatching(/^About 4 runs are started at [\s\S]*\nsse +2 +2 [\s\S]*\n ws +2 +2 /)]);
    const files = await Promise.all(["script.json", "report.json", "artillery.log"].map((file) => readFile(join(out, file), "utf8")));
    expect([said, ...files].filter((text) => text.includes(TOKEN))).toEqual([]);
  } finally {
    await guarded.dispose();
    await rm(out, { recursive: true, force: true });
  }
});
