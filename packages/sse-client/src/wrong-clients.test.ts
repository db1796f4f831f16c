import { cases, runCase, type Subject } from "@agent-transports/conformance";
import { describe, expect, it } from "vitest";
import { mediaType, type RunInfo } from "@agent-transports/protocol";
import { createSseClient } from "./client.ts";

async function run(subject: Subject, title: string): Promise<void> {
  const one = cases.find((one) => one.title === title);
  if (one === undefined) throw new Error(`There is no case "${title}".`);
  await runCase(subject, one);
}

/** A client that names its keys in a header (PROTOCOL.md §3.1, §3.4). */
const keysInHeaders: Subject = {
  transport: "sse",
  create: (options) =>
    createSseClient({
      ...options,
      fetch: (url, init) => {
        if (typeof init?.body !== "string") return fetch(url, init);
        const { key, ...body } = JSON.parse(init.body) as { key?: string };
        const headers = new Headers(init.headers);
        if (key !== undefined) headers.set("Idempotency-Key", key);
        return fetch(url, { ...init, headers, body: JSON.stringify(body) });
      },
    }),
};

/** A client that starts its runs with a request for JSON, and then asks for their events (PROTOCOL.md §3.1). */
const startsWithJson: Subject = {
  transport: "sse",
  create: (options) => {
    const send = options.fetch ?? fetch;
    return createSseClient({
      ...options,
      fetch: async (url, init) => {
        if (init?.method !== "POST" || !new URL(url as URL).pathname.endsWith("/runs")) return send(url, init);
        const asked = new Headers(init.headers);
        asked.set("Accept", "application/json");
        const started = await send(url, { ...init, headers: asked });
        const type = mediaType(started.headers.get("Content-Type"));
        if (type === "text/event-stream") {
          await started.body?.cancel();
          throw new TypeError("No event stream was asked for.");
        }
        if (started.status >= 400 || type !== "application/json") return started;
        const { events } = (await started.json()) as RunInfo;
        const path = new URL(events, url as URL);
        path.search = new URL(url as URL).search;
        const headers = new Headers(init.headers);
        headers.delete("Content-Type");
        return send(path, { headers, ...(init.signal && { signal: init.signal }), cache: "no-store" });
      },
    });
  },
};

/** A client that does not hear which heartbeat the agent agreed to. */
const deafToHeartbeats: Subject = {
  transport: "sse",
  create: (options) =>
    createSseClient({
      ...options,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        const headers = new Headers(response.headers);
        headers.delete("Agent-Heartbeat");
        return new Response(response.body, { status: response.status, headers });
      },
    }),
};

/** A client that goes by its own clock, whatever its application says. */
const heedless: Subject = {
  transport: "sse",
  create: ({ heartbeatMs: _heartbeat, connectTimeoutMs: _connectTimeout, ...options }) => createSseClient(options),
};

describe.concurrent("the conformance suite", () => {
  it.each([
    "joins the run that its start created when the answer was lost",
    "sends an input again, under the same key, when the answer was lost, and it is accepted once",
  ])("passes a client that names its keys in a header: %s", async (title) => {
    await expect(run(keysInHeaders, title)).resolves.toBeUndefined();
  });

  it.each([
    "delivers a run's events once, in order, and ends with it",
    "joins the run that its start created when the answer was lost",
    "asks the agent that it is told for a run, by its segment and its name",
    "sends a start again, under the same key, when it is not answered in time",
    "names the URL that answered with HTML and the usual cause, without the secrets in its query",
  ])("passes a client that starts with a request for JSON: %s", async (title) => {
    await expect(run(startsWithJson, title)).resolves.toBeUndefined();
  });

  it("fails a client that goes by the heartbeat that it asked for, where the agent agreed to a longer one", async () => {
    const title = "uses the heartbeat that the server agreed to, also where it is longer than the one that it asked for";
    await expect(run(deafToHeartbeats, title)).rejects.toThrow("connections: values are not strictly equal");
  });

  it.each([
    "sends a start again, under the same key, when it is not answered in time",
    "sends an input again, under the same key, when it is not answered in time",
    "tries again after a connection that is not answered in time",
    "reconnects after two heartbeat periods of silence",
  ])("fails a client that does not heed its limits: %s", async (title) => {
    await expect(run(heedless, title)).rejects.toThrow("does not heed its limits");
  });
});
