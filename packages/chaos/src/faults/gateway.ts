import { noted, param, type Fault } from "./fault.ts";

const STATUSES: readonly (readonly [number, string])[] = [
  [500, "Internal Server Error"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
  [429, "Too Many Requests"],
];

/** A gateway's page, which is not of the protocol. */
function page(index: number, retryAfter: number): string {
  const [status, reason] = STATUSES[index] ?? [503, "Service Unavailable"];
  const body = `<html><h1>${status} ${reason}</h1></html>`;
  const headers = ["Content-Type: text/html", `Content-Length: ${body.length}`, "Connection: close"];
  if (retryAfter >= 0) headers.push(`Retry-After: ${retryAfter}`);
  return `HTTP/1.1 ${status} ${reason}\r\n${headers.join("\r\n")}\r\n\r\n${body}`;
}

export const gateway: Fault = {
  kind: "gateway",
  says: "the connection is reset, and a gateway answers the next one to three with 500, 502, 503, 504 or 429, also with Retry-After",
  weight: 1.5,
  params: (dice) => ({
    times: dice.whole(1, 3),
    status: dice.whole(0, STATUSES.length - 1),
    retryAfter: dice.chance(0.75) ? -1 : dice.whole(0, 1),
  }),
  strike({ proxy, live }, params) {
    const strikes = noted(proxy, "answered");
    proxy.answer(param(params, "times"), page(param(params, "status"), param(params, "retryAfter")));
    if (live()) proxy.reset();
    return strikes;
  },
};
