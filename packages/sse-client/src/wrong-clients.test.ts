import { cases, runCase, type Subject } from "@agent-transports/conformance";
import { describe, expect, it } from "vitest";
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
    "sends a start again, under the same key, when it is not answered in time",
    "sends an input again, under the same key, when it is not answered in time",
    "tries again after a connection that is not answered in time",
    "reconnects after two heartbeat periods of silence",
  ])("fails a client that does not heed its limits: %s", async (title) => {
    await expect(run(heedless, title)).rejects.toThrow("does not heed its limits");
  });
});
