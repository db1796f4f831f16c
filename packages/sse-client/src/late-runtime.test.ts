import { clientChecks } from "@agent-transports/conformance/runtime";
import { register } from "@agent-transports/conformance/control";
import { describe, it } from "vitest";
import { createSseClient } from "./client.ts";

/** Longer than the scripted server waits before it cuts a connection by itself. */
const LATE_MS = 100;

/** Those in which a reset, or a cut in the middle of an event, decides what the case compares. */
const cut = [
  "resumes when the stream is cut by a reset",
  "resumes when the stream is cut in the middle of an event",
  "resumes a run that is read in batches behind the last event that came, and repeats nothing",
  "resumes before and after bytes when the stream is cut: reset",
  "resumes before and after bytes when the stream is cut: mid-event",
  "continues when a state listener throws or rejects, calls the other listeners, and reports the errors",
  "reports each change of its connection, in order",
];

/** A runtime that is so busy that it hands on what came a while later, and by then has lost to a reset what it had not handed on. */
async function lateFetch(...args: Parameters<typeof fetch>): Promise<Response> {
  const { body, status, headers } = await fetch(...args);
  if (body === null) return new Response(body, { status, headers });
  const reader = body.getReader();
  let lost = false;
  const late = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      const read = async (): Promise<void> => {
        for (;;) {
          const { done, value } = await reader.read();
          setTimeout(() => {
            if (lost) return;
            if (done) controller.close();
            else controller.enqueue(value);
          }, LATE_MS);
          if (done) return;
        }
      };
      read().catch((error: unknown) => {
        lost = true;
        controller.error(error);
      });
    },
    cancel(reason) {
      lost = true;
      return reader.cancel(reason);
    },
  });
  return new Response(late, { status, headers });
}

const checks = clientChecks({ transport: "sse", create: (options) => createSseClient({ ...options, fetch: lateFetch }) });

register(
  "a client over sse, in a runtime that loses to a reset what it has not read",
  cut.map((title) => checks.find((one) => one.title === title)!),
  { describe, it: it.concurrent },
);
