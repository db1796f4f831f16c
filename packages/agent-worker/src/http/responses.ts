import { statusOf, type RunInfo } from "@agent-transports/protocol";
import { RequestError, toErrorBody } from "../wire/errors.ts";

/** PROTOCOL.md §3: what every response carries. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store, no-transform",
  "X-Content-Type-Options": "nosniff",
};

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { ...COMMON_HEADERS, ...headers } });
}

export function runJson(run: RunInfo, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return json(run, status, headers);
}

/** Any error as a typed answer. @param members what is beside the error in its body */
export function errorResponse(error: unknown, members: Readonly<Record<string, unknown>> = {}): Response {
  const body = toErrorBody(error);
  return json({ error: body, ...members }, statusOf(body), error instanceof RequestError ? error.headers : {});
}

/** What is not ours too, such as an answer of the Agents SDK's: the common headers where it has none of its own, and those that are given. */
export function withHeaders(response: Response, headers: Readonly<Record<string, string>> = {}): Response {
  const missing = Object.entries(COMMON_HEADERS).filter(([name]) => !response.headers.has(name));
  const added = [...missing, ...Object.entries(headers)];
  if (added.length === 0) return response;
  const copy = new Response(response.body, response);
  for (const [name, value] of added) copy.headers.set(name, value);
  return copy;
}
