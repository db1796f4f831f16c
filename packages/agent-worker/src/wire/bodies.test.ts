/** What comes in a body, in whatever form: it is taken, or refused with an error of PROTOCOL.md §5 that is the sender's fault. */
import { isErrorBody, statusOf } from "@agent-transports/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { FUZZ_RUNS, inputBody, nearly, startBody, ticketBody } from "../../test/mutations.ts";
import { parseTicketRequest } from "../access/tickets.ts";
import { readJson } from "../http/body.ts";
import { RequestError } from "./errors.ts";
import { parseInput, parseInputList } from "./input-request.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { parseStart } from "./start-request.ts";

/** Reads one as the agent does: `taken`, or the code with which it is refused. Anything else that is thrown fails the test. */
async function outcomeOf(body: Uint8Array<ArrayBuffer> | string, read: (json: unknown) => unknown): Promise<string> {
  try {
    await read(await readJson(new Request("http://agent.example/", { method: "POST", body }), DEFAULT_LIMITS.requestBytes));
    return "taken";
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    expect([isErrorBody(error.body), Math.floor(statusOf(error.body) / 100)]).toEqual([true, 4]);
    return error.body.code;
  }
}

async function fuzz(
  bodies: fc.Arbitrary<Uint8Array<ArrayBuffer> | string>,
  read: (json: unknown) => unknown,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const outcome = await outcomeOf(body, read);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }),
    { numRuns: FUZZ_RUNS },
  );
  return counts;
}

const readStart = (json: unknown): unknown => parseStart(json, null, DEFAULT_LIMITS);
const readInputs = (json: unknown): unknown => parseInputList(json) ?? parseInput(json, null);

it.each([
  ["a start", startBody, readStart],
  ["inputs", inputBody, readInputs],
  ["a ticket", ticketBody, parseTicketRequest],
])("a body that is nearly %s is taken, or refused as the sender's fault", async (_what, valid, read) => {
  const counts = await fuzz(nearly(valid), read);
  // Of each there was enough.
  for (const outcome of ["taken", "invalid_request", "invalid_json"]) expect(counts.get(outcome)).toBeGreaterThan(FUZZ_RUNS / 100);
});

it("a body that is valid is taken", async () => {
  const json = (valid: fc.Arbitrary<object>): fc.Arbitrary<string> => valid.map((value) => JSON.stringify(value));
  expect([...(await fuzz(json(inputBody), readInputs)).keys()]).toEqual(["taken"]);
  expect([...(await fuzz(json(ticketBody), parseTicketRequest)).keys()]).toEqual(["taken"]);
});

it("a body of any bytes is taken, or refused as the sender's fault", async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(startBody, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 })).map(([body, changes]) => {
      const encoded = new TextEncoder().encode(JSON.stringify(body));
      for (const [at, byte] of changes) encoded[at % encoded.length] = byte;
      return encoded;
    }),
  );
  const counts = await fuzz(
    bytes.map((given) => Uint8Array.from(given)),
    readStart,
  );
  for (const outcome of ["taken", "invalid_request", "invalid_json", "empty_body"]) expect(counts.get(outcome)).toBeGreaterThan(0);
});
