import { statusOf, type RunInfo } from "@agent-transports/protocol";
import { RequestError, toErrorBody } from "../errors.ts";

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

/** Any error as a typed answer. */
export function errorResponse(error: unknown): Response {
  const body = toErrorBody(error);
  return json({ error: body }, statusOf(body), error instanceof RequestError ? error.headers : {});
}
