import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { raw, segment, start } from "./harness.ts";

let host: WorkerHost;
beforeAll(async () => {
  host = await start();
});
afterAll(() => host.dispose());

/** As it stands on the request line: no client's URL parser comes before it. */
async function ask(method: string, path: string): Promise<{ readonly status: number; readonly body: string }> {
  const body = method === "POST" ? '{"prompt":"x"}' : "";
  const head = `${method} ${path} HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  const answer = await raw(host.url, head + body);
  return { status: Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]), body: answer.slice(answer.indexOf("\r\n\r\n") + 4) };
}

describe("a path that names no agent starts nothing:", () => {
  it.each([
    `${segment}/./runs`,
    `${segment}/%2e/runs`,
    `${segment}/%2E/runs`,
    `${segment}/x/../runs`,
    `${segment}/x/%2e%2e/runs`,
    `${segment}/x/.%2E/runs`,
    `${segment}/./tickets`,
    `${segment}\\.\\runs`,
    `${segment}/runs`,
    `${segment}/runs/runs`,
    `${segment}/../runs`,
    `${segment}/../../runs/../agents/runs/runs`,
    `${segment}//runs`,
    `${segment}///`,
    `${segment}/x%2Fruns`,
    `${segment}/x%2fruns/runs`,
    `${segment}/x%5Cruns`,
    `${segment}/%2e%2e%2fx/runs`,
    `${segment}/x%00/runs`,
    `${segment}/x;a=b/runs`,
    `${segment}/x%20/runs`,
    `${segment}/..;/runs`,
    `//agents/transport-agent/x/runs`,
    `/agents//transport-agent/x/runs`,
    `/agents/./x/runs`,
    `/Agents/transport-agent/x/runs`,
    `/%61gents/transport-agent/x/runs`,
    `/agents/Transport-Agent/x/runs`,
    `/agents/transport%2Dagent/x/runs`,
    `${segment}/x//runs`,
    `${segment}/x/runs//`,
    `${segment}/x/RUNS`,
    `${segment}/x/r%75ns`,
    `${segment}/x/runs;v=1`,
    `${segment}/x/runs%20`,
    `/runs?agent-id=runs`,
    `/runs?agent-id=..`,
    `/runs?agent-id=`,
    `/runs?agent-id=a/b`,
    `/runs?agent-id=a%2Fb`,
    `/?agent-id=tickets`,
  ])("POST %s", async (path) => {
    const { status, body } = await ask("POST", path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(JSON.parse(body)).toMatchObject({ error: { code: expect.stringMatching(/^(invalid_request|not_found|method_not_allowed)$/) } });
  });
});

describe("dots within an agent's path are resolved, as in any URL:", () => {
  it.each([
    ["POST", `${segment}/x/./runs`, "x"],
    ["POST", `${segment}/x/runs/../runs`, "x"],
    ["POST", `${segment}/x\\runs`, "x"],
    ["POST", `${segment}/x/runs/`, "x"],
    ["POST", `${segment}/y/../x/runs`, "x"],
    ["POST", `${segment}/x.y/runs`, "x.y"],
    ["POST", `${segment}/.../runs`, "..."],
    ["POST", `${segment}/runs./runs`, "runs."],
    ["POST", `/runs?agent-id=x`, "x"],
  ])("%s %s starts a run of %s", async (method, path, name) => {
    const { status, body } = await ask(method, path);
    expect(status).toBe(201);
    expect(JSON.parse(body)).toMatchObject({
      events: expect.stringMatching(new RegExp(`^${segment}/${name.replaceAll(".", "\\.")}/runs/`)),
    });
  });

  it.each([
    ["GET", `${segment}/x/runs/..`, 200],
    ["GET", `${segment}/x/runs/.`, 200],
    ["GET", `${segment}/x/runs/`, 200],
    ["GET", `${segment}/x/runs/./events`, 404],
    ["GET", `${segment}/x/runs/../events`, 404],
    ["DELETE", `${segment}/x/runs/.`, 405],
    ["DELETE", `${segment}/x/runs/..`, 405],
    ["DELETE", `${segment}/x/runs/%2e%2e`, 405],
    ["POST", `${segment}/x/runs/./inputs`, 405],
    ["POST", `${segment}/x/runs/../inputs`, 404],
    ["GET", `${segment}/x/runs/%2F/events`, 404],
    ["GET", `${segment}/x/runs/a%2Fevents`, 404],
  ])("%s %s is %i", async (method, path, status) => {
    expect((await ask(method, path)).status).toBe(status);
  });
});
