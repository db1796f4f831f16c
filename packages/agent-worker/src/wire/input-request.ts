import { LIST_MAX_INPUTS } from "@agent-transports/protocol";
import { invalidRequest, RequestError, within } from "./errors.ts";
import { tooLarge } from "./limits.ts";
import { parseKey } from "./start-request.ts";

/** An input as a client sent it, PROTOCOL.md §3.4. */
export interface GivenInput {
  readonly key: string;
  /** Any JSON, or bytes. */
  readonly data: unknown;
}

/** The inputs before the first that is faulty, and what is wrong with that one. */
export interface InputList {
  readonly inputs: readonly GivenInput[];
  readonly faulty: RequestError | undefined;
}

/**
 * A body with one input.
 *
 * @param headerKey stands for the key where the body has none
 * @throws RequestError `invalid_request`
 */
export function parseInput(body: unknown, headerKey: string | null): GivenInput {
  const { key, data } = members(
    body,
    'The body must be {"data": <any JSON>}, {"inputs": [{"key": …, "data": …}]}, or bytes as application/octet-stream.',
  );
  if (key !== undefined) return { key: parseKey(key, "key"), data };
  return { key: headerKey === null ? crypto.randomUUID() : parseKey(headerKey, "Idempotency-Key"), data };
}

/**
 * A body with several inputs; `undefined` where it has no list.
 *
 * @throws RequestError `invalid_request` where what is there is no list; `payload_too_large` where it has too many
 */
export function parseInputList(body: unknown): InputList | undefined {
  if (typeof body !== "object" || body === null || !("inputs" in body)) return undefined;
  const { inputs: list } = body;
  if ("data" in body) throw invalidRequest("The body has data and inputs: it holds one input, or a list of them.", "inputs");
  if (!Array.isArray(list) || list.length === 0) throw invalidRequest("inputs must be a list of at least one input.", "inputs");
  if (list.length > LIST_MAX_INPUTS)
    throw tooLarge(`A body may have at most ${LIST_MAX_INPUTS} inputs. Send them in several.`, LIST_MAX_INPUTS, "inputs");
  const inputs: GivenInput[] = [];
  for (const [index, one] of list.entries()) {
    try {
      inputs.push(parseListed(one));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return { inputs, faulty: within(`inputs.${index}`, error) };
    }
  }
  return { inputs, faulty: undefined };
}

/** A key is not made up here: without its own, a list that is sent again would be taken twice. */
function parseListed(input: unknown): GivenInput {
  const { key, data } = members(input, 'Each of the inputs must be {"key": <string>, "data": <any JSON>}.');
  return { key: parseKey(key, "key"), data };
}

function members(input: unknown, rule: string): { readonly key: unknown; readonly data: unknown } {
  if (typeof input !== "object" || input === null || !("data" in input)) throw invalidRequest(rule, "data");
  return { key: "key" in input ? input.key : undefined, data: input.data };
}
