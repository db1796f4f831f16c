/** Requests and frames that are nearly right, at the real Worker. `FUZZ_RUNS=100000` sends as many of each. */
import { decodeServerFrame, encodeBinaryFrame, isErrorBody, PING_FRAME, statusOf } from "@agent-transports/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { post, range, readEvents, segment, seqs, start, TestSocket, type wholeRun } from "./harness.ts";
import { clientFrame, edited, inputBody, nearly, startBody, ticketBody } from "./mutations.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 500);
/** So many requests are under way at once, and so many frames go up on one socket. */
const AT_ONCE = 50;
const PER_SOCKET = 100;

let host: WorkerHost;
let base: string;
let ended: string;
let endedAt: string;
beforeAll(async () => {
  host = await start({
    vars: {
      SCRIPTED_TOKENS_PER_SECOND: "2000",
      RETENTION_RUNS: "50",
      AGENT_TOKENS: "fuzz=a-token-of-the-fuzz,other=another-token-of-it",
      TICKET_SECRET: "a secret of the fuzz alone, and of nobody else",
    },
  });
}, 60_000);
afterAll(() => host?.dispose());

const token = { Authorization: "Bearer a-token-of-the-fuzz" };

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

const ascii = fc.string({ unit: fc.constantFrom(...Array.from(`aZ09-_.~!$&'()*+,;=:@ \t%"\\/?[]{}|^\`é`)), maxLength: 12 });
const header = fc.string({ unit: fc.constantFrom(...Array.from(`aZ09-_.~!$&'()*+,;=:@ "\\/?`)), maxLength: 16 });
const cursor = fc.oneof(
  fc.constantFrom("", "e.1", "e.0", "e.01", "e.9007199254740992", ".1", "e.", "e.1.1"),
  ascii,
  fc.constant("<tail>"),
  edited(fc.constant("<tail>")).map((text) => text.toWellFormed()),
);
const run = fc.oneof(fc.constantFrom("<ended>", "<ended>", "none", "%2e%2e", "%00", "__proto__"), ascii.map(encodeURIComponent));
const path = fc.oneof(
  fc.constantFrom("", "/", "/runs", "/runs/", "/tickets", "/ruins"),
  fc.tuple(run, fc.constantFrom("", "/events", "/inputs", "/stream", "/", "/other")).map(([id, below]) => `/runs/${id}${below}`),
);
const query = fc
  .array(
    fc.tuple(
      fc.constantFrom("after", "limit", "before", "heartbeat", "ticket", "agent-id", "resume", "v", "x"),
      fc.oneof(cursor, fc.constantFrom("0", "1", "100", "101", "1e2", "-1", "<ended>")),
    ),
    { maxLength: 3 },
  )
  .map((pairs) => (pairs.length === 0 ? "" : `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`));
const headers = fc
  .record(
    {
      "Last-Event-ID": fc.oneof(fc.constant("<tail>"), header),
      "Idempotency-Key": header,
      Accept: fc.oneof(fc.constantFrom("application/json", "text/event-stream", "*/*;q=0.1, application/json"), header),
      "Content-Type": fc.oneof(fc.constantFrom("application/json", "application/octet-stream", "text/plain;charset=x"), header),
      Authorization: fc.oneof(fc.constantFrom("Bearer another-token-of-it", "bearer  a-token-of-the-fuzz", "Bearer "), header),
    },
    { requiredKeys: [] },
  )
  .map((given) => ({ ...given }) as Readonly<Record<string, string>>);
const body = fc.oneof(
  nearly(startBody),
  nearly(inputBody),
  nearly(ticketBody),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
);

/** Any request, and such as come near to be right. */
const asked: fc.Arbitrary<Asked> = fc.oneof(
  fc
    .record({ method: fc.constantFrom("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"), path, query, headers, body })
    .map(({ method, path, query, headers, body }) => ({
      method,
      path: path + query,
      headers,
      body: ["GET", "HEAD"].includes(method) ? undefined : body,
    })),
  nearly(startBody).map((body) => ({ method: "POST", path: "/runs", headers: {}, body })),
  nearly(inputBody).map((body) => ({ method: "POST", path: "/runs/<ended>/inputs", headers: {}, body })),
  nearly(ticketBody).map((body) => ({ method: "POST", path: "/tickets", headers: {}, body })),
  cursor.map((after) => ({ method: "GET", path: `/runs/<ended>/events?after=${encodeURIComponent(after)}`, headers: {}, body: undefined })),
  cursor.map((ticket) => ({
    method: "GET",
    path: `/runs/<ended>/events?ticket=${encodeURIComponent(ticket)}`,
    headers: {},
    body: undefined,
  })),
);

/** Its status, and the code of its error where it has one. @throws where PROTOCOL.md §5 is broken */
async function outcomeOf({ method, path, headers, body }: Asked): Promise<string> {
  const known = (text: string): string => text.replace("<tail>", endedAt).replace("<ended>", ended);
  const response = await fetch(base + known(path).replace("%3Ctail%3E", endedAt).replace("%3Cended%3E", ended), {
    method,
    headers: { ...token, ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, known(value)])) },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(30_000),
  });
  const { status } = response;
  const { error } = status < 400 || method === "HEAD" ? {} : ((await response.json()) as { readonly error?: unknown });
  if (!response.bodyUsed) await response.body?.cancel();
  const header = (name: string): string => response.headers.get(name) ?? "";
  const broken = [
    header("Cache-Control") !== "no-store, no-transform" && "Cache-Control",
    header("X-Content-Type-Options") !== "nosniff" && "X-Content-Type-Options",
    status < 400 && ![200, 201, 202, 204].includes(status) && "a status",
    status >= 400 && method !== "HEAD" && !(isErrorBody(error) && statusOf(error) === status) && "an error",
    status === 405 && !/GET|POST/.test(header("Allow")) && "Allow",
    status === 401 && header("WWW-Authenticate") !== "Bearer" && "WWW-Authenticate",
    status === 429 && isErrorBody(error) && Number(header("Retry-After")) !== error.retryAfter && "Retry-After",
  ].filter((one) => one !== false);
  if (broken.length > 0) throw new Error(`${method} ${path} was answered ${status} without ${broken.join()}: ${JSON.stringify(error)}`);
  return isErrorBody(error) ? error.code : String(status);
}

it("answers every request as PROTOCOL.md says, and none with 500", { timeout: 60_000 + RUNS * 50 }, async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
      const whole = await wholeAgain();
      for (const outcome of await Promise.all(requests.map(outcomeOf))) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      // Whatever came in by these, the agent goes on, and what it had is as it was.
      expect((await readEvents(await post(`${base}/runs`, { prompt: "Write 5 words." }, token))).at(-1)?.data).toMatchObject({
        data: { state: "finished" },
      });
      expect(await readEvents(await fetch(`${base}/runs/${whole.id}/events`, { headers: token }))).toEqual(whole.events);
    }),
    { numRuns: RUNS / AT_ONCE, endOnFailure: true },
  );
  // Of 500 there is `internal`, and of 502 what a start as plain text says.
  expect([...outcomes.keys()]).not.toContain("internal");
  expect([...outcomes.keys()]).toEqual(
    expect.arrayContaining([
      "200",
      "201",
      "invalid_request",
      "invalid_json",
      "cannot_resume",
      "unauthorized",
      "run_not_found",
      "run_ended",
    ]),
  );
  console.log(`${RUNS} requests: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(", ")}`);
});

/** Another agent, and a run of it that has ended, of which requests may ask. */
async function wholeAgain(): Promise<Awaited<ReturnType<typeof wholeRun>>> {
  base = new URL(`${segment}/${crypto.randomUUID()}`, host.url).href;
  const response = await post(`${base}/runs`, { prompt: "Write 5 words." }, token);
  const run = { id: response.headers.get("Agent-Run") ?? "", events: await readEvents(response) };
  ended = run.id;
  endedAt = run.events.at(-1)?.id ?? "";
  return run;
}

type Sent = string | Uint8Array;

const frame: fc.Arbitrary<Sent> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("<ended>", "none").chain((run) => nearly(clientFrame(run))) },
  { weight: 1, arbitrary: fc.constantFrom("<ended>", "none").chain((run) => clientFrame(run).map((valid) => JSON.stringify(valid))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(edited(fc.constant('{"type":"input","run":"<ended>","key":"k"}')), fc.uint8Array({ maxLength: 20 }))
      .map(([head, payload]) => encodeBinaryFrame(head, payload)),
  },
);

it("answers every frame as PROTOCOL.md says, and the socket's other run goes on", { timeout: 60_000 + RUNS * 50 }, async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: PER_SOCKET, maxLength: PER_SOCKET }), async (frames) => {
      await wholeAgain();
      const begun = await post(`${base}/runs`, { prompt: "Write 300 words at 500 tokens/s." }, { ...token, Accept: "application/json" });
      const { id } = (await begun.json()) as { id: string };
      const socket = await new TestSocket(`${base}?v=1&binary=1&resume=${id}`, token).open();
      for (const sent of frames) {
        if (typeof sent === "string") socket.send(sent.replaceAll("<ended>", ended));
        else socket.socket.send(sent, { binary: true });
      }
      // What was sent behind the others is answered behind them.
      socket.send({ type: "resume", run: "the-last" });
      await Promise.race([socket.frame(({ run }) => run === "the-last"), socket.closed()]);
      // A run that goes on is no fault's: only an input that is refused for now closes a socket (§4.2).
      expect(socket.closeCode).toBeUndefined();
      const events = await socket.ended(id);
      expect(seqs(events)).toEqual(range(1, events.length));
      expect(await (await fetch(`${base}/runs/${id}`, { headers: token })).json()).toMatchObject({
        state: "finished",
        lastEventId: events.at(-1)?.id,
      });
      socket.send(PING_FRAME);
      await socket.frame(({ type }) => type === "pong");
      const read = socket.frames.filter((answer) => answer["binary"] !== true).map((answer) => decodeServerFrame(JSON.stringify(answer)));
      expect(read.filter((answer) => typeof answer !== "object")).toEqual([]);
      for (const answer of socket.frames) {
        const { error } = answer;
        const outcome = isErrorBody(error) ? error.code : answer.type;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      socket.socket.close();
    }),
    { numRuns: RUNS / PER_SOCKET, endOnFailure: true },
  );
  expect([...outcomes.keys()]).not.toContain("internal");
  expect([...outcomes.keys()]).toEqual(
    expect.arrayContaining(["invalid_request", "invalid_json", "unsupported_frame", "run_not_found", "run_ended", "started", "resumed"]),
  );
  console.log(`${RUNS} frames: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(", ")}`);
});
