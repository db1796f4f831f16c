/** What is shown as credentials: it gives what was given out, or it is refused. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { edited, FUZZ_RUNS } from "../../test/mutations.ts";
import { RequestError } from "../wire/errors.ts";
import { accessOf, bearerTokens, tokensFrom } from "./authorize.ts";
import { authorizeRequest } from "./authorize-request.ts";
import type { Grant } from "./grant.ts";
import { issueTicket, readTicket, type TicketOptions } from "./tickets.ts";

const options: TicketOptions = { secret: "a secret of more than thirty-two characters" };
const AGENT = "transport-agent/one";

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "taken";
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return error.body.code;
  }
}

it("a ticket that was changed in any way, or was never given out, is unauthorized", async () => {
  const grant: Grant = { subject: "alice", rights: ["read"] };
  const { ticket } = await issueTicket(options, AGENT, grant, { run: undefined, rights: undefined });
  expect(await readTicket(options, AGENT, ticket, [])).toMatchObject({ grant });
  const [head = "", payload = "", signature = ""] = ticket.split(".");
  const more = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload, "base64url").toString()), grant: { subject: "root" } }));
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  const forged = fc.oneof(
    { weight: 4, arbitrary: edited(fc.constant(ticket)) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom(head, none, ""),
          fc.constantFrom(payload, more.toString("base64url"), ""),
          fc.constantFrom("", "AA", signature.slice(1)),
        )
        .map((parts) => parts.join(".")),
    },
    { weight: 1, arbitrary: fc.constant(`${head}.${more.toString("base64url")}.${signature}`) },
  );
  await fc.assert(
    fc.asyncProperty(forged, async (text) => {
      // The last character of a signature has two bits that say nothing.
      fc.pre(!sameBytes(text, ticket));
      expect(await codeOf(readTicket(options, AGENT, text, []))).toBe("unauthorized");
    }),
    { numRuns: FUZZ_RUNS },
  );
});

function sameBytes(one: string, other: string): boolean {
  const bytes = (text: string): string[] => text.split(".").map((part) => Buffer.from(part, "base64url").toString("hex"));
  return bytes(one).join(".") === bytes(other).join(".");
}

it("a header gives what its token stands for, or it is unauthorized", async () => {
  const TOKEN = "a-token-that-is-long";
  const authorize = bearerTokens({ [TOKEN]: { subject: "alice" } });
  const header = fc.oneof(
    fc.constantFrom(`Bearer ${TOKEN}`, `bearer  ${TOKEN} `, `Basic ${TOKEN}`, TOKEN, "Bearer ", "Bearer a b", `Bearer ${TOKEN}, Bearer x`),
    edited(fc.constant(`Bearer ${TOKEN}`)),
    fc.string({ maxLength: 30 }),
  );
  const counts = { taken: 0, unauthorized: 0 };
  await fc.assert(
    fc.asyncProperty(header, async (text) => {
      let headers: Headers;
      try {
        headers = new Headers({ Authorization: text });
      } catch {
        return; // No HTTP client and no server can carry it.
      }
      const request = new Request("http://agent.example/agents/transport-agent/one/runs", { headers });
      const access = accessOf(request, "one", "/runs");
      const outcome = await codeOf(authorizeRequest(access, "/runs", AGENT, authorize, options));
      expect([text, outcome]).toEqual([
        text,
        // What HTTP takes off the ends of a value. JavaScript's `trim` takes more.
        /^[\t\n\r ]*bearer +a-token-that-is-long[\t\n\r ]*$/i.test(text) && text.includes(TOKEN) ? "taken" : "unauthorized",
      ]);
      if (outcome === "taken" || outcome === "unauthorized") counts[outcome] += 1;
    }),
    { numRuns: FUZZ_RUNS },
  );
  expect(Math.min(counts.taken, counts.unauthorized)).toBeGreaterThan(FUZZ_RUNS / 50);
});

it("a list of tokens is read whole, or it is misconfigured, and quoted nowhere", () => {
  const entry = fc.tuple(fc.stringMatching(/^[!-+.-<>-~]{1,6}$/), fc.stringMatching(/^[!-+.-~]{16,20}$/)).map((parts) => parts.join("="));
  const list = fc.array(entry, { minLength: 1, maxLength: 3 }).map((entries) => entries.join(","));
  const counts = { read: 0, misconfigured: 0 };
  fc.assert(
    fc.property(fc.oneof(list, edited(list), fc.string({ unit: "binary", maxLength: 40 })), (text) => {
      const { tokens, refusal } = tokensOf(text);
      const quoted = text.split(/[,=]/).filter((secret) => secret.length >= 16 && refusal?.message.includes(secret) === true);
      expect([refusal?.body.code ?? "misconfigured", quoted]).toEqual(["misconfigured", []]);
      counts[refusal === undefined ? "read" : "misconfigured"] += 1;
      for (const [token, { subject }] of tokens) {
        expect(text).toContain(`${subject}=${token}`);
        expect(token.length).toBeGreaterThanOrEqual(16);
      }
      expect([refusal, tokens.length]).toEqual([refusal, refusal === undefined ? text.split(",").length : 0]);
    }),
    { numRuns: FUZZ_RUNS },
  );
  expect(Math.min(counts.read, counts.misconfigured)).toBeGreaterThan(FUZZ_RUNS / 50);
});

function tokensOf(text: string): { readonly tokens: readonly (readonly [string, Grant])[]; readonly refusal: RequestError | undefined } {
  try {
    return { tokens: Object.entries(tokensFrom(text)), refusal: undefined };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { tokens: [], refusal: error };
  }
}

it.each<[string, object, string]>([
  [
    "33 runs",
    { runs: Array.from({ length: 33 }, (_, index) => `run-${index}`) },
    'The runs of a grant must be a list of at most 32 run ids, or "own".',
  ],
  ["a run that is none", { runs: ["a b"] }, "The runs of a grant"],
  ["a word for its runs that is none", { runs: "all" }, "The runs of a grant"],
  ["a right that is none", { rights: ["write"] }, "The rights of a grant"],
  ["a subject of 129 characters", { subject: "x".repeat(129) }, "The subject of a grant"],
  ["a subject that is not ASCII", { subject: "Zoë" }, "The subject of a grant"],
  ["no subject", { subject: undefined }, "The subject of a grant"],
  ["an end that is no time", { expiresAt: Number.NaN }, "The expiresAt of a grant"],
  ["an end in seconds", { expiresAt: Math.floor(Date.now() / 1_000) + 3_600 }, "The expiresAt of a grant is in seconds"],
  ["an end in seconds that has come", { expiresAt: Date.now() / 1_000 - 3_600 }, "The expiresAt of a grant is in seconds"],
])("a grant of %s is misconfigured, and its cause is named", async (_what, wrong, cause) => {
  const request = new Request("http://agent.example/agents/transport-agent/one/runs", { headers: { Authorization: "Bearer a-token" } });
  // As an author writes it in JavaScript.
  const grant = { subject: "alice", ...wrong } as Grant;
  const asked = authorizeRequest(accessOf(request, "one", "/runs"), "/runs", AGENT, () => grant, options);
  await expect(asked).rejects.toMatchObject({ body: { code: "misconfigured", message: expect.stringContaining(cause) } });
});

it("a grant of 32 runs, and of a subject of 128 characters, holds", async () => {
  const request = new Request("http://agent.example/agents/transport-agent/one/runs", { headers: { Authorization: "Bearer a-token" } });
  const grant: Grant = { subject: "x".repeat(128), runs: Array.from({ length: 32 }, (_, index) => `run-${index}`), rights: ["list"] };
  expect(await authorizeRequest(accessOf(request, "one", "/runs"), "/runs", AGENT, () => grant, options)).toEqual({ grant });
});

it.each([0, 1, Date.now() - 365 * 86_400_000])("a grant that ended at %d ms has expired, and is not misconfigured", async (expiresAt) => {
  const request = new Request("http://agent.example/agents/transport-agent/one/runs", { headers: { Authorization: "Bearer a-token" } });
  const asked = authorizeRequest(accessOf(request, "one", "/runs"), "/runs", AGENT, () => ({ subject: "alice", expiresAt }), options);
  await expect(asked).rejects.toMatchObject({ body: { code: "unauthorized" } });
});

it.each([0, -1, 30, 999, Number.NaN, Number.POSITIVE_INFINITY])("tickets that live for %d ms are misconfigured", async (lifetimeMs) => {
  const issued = issueTicket({ ...options, lifetimeMs }, AGENT, { subject: "alice" }, { run: undefined, rights: undefined });
  await expect(issued).rejects.toMatchObject({ body: { code: "misconfigured", message: expect.stringContaining("lifetimeMs") } });
});

it("tickets without a secret are misconfigured", async () => {
  // A variable that is not set.
  const issued = issueTicket(
    { secret: undefined } as unknown as TicketOptions,
    AGENT,
    { subject: "alice" },
    { run: undefined, rights: undefined },
  );
  await expect(issued).rejects.toMatchObject({ body: { code: "misconfigured" } });
});
