import { z } from "zod";

const price = z.strictObject({
  usd: z.number().nonnegative(),
  /** For so many of the unit. */
  per: z.number().positive(),
  unit: z.string(),
  /** Of the unit, in each month's subscription. No cost here uses it: it says from where on a cost is paid. */
  included: z.number().nonnegative(),
  /** The page that publishes it. */
  source: z.url({ protocol: /^https$/ }),
});

const modelPrice = z.strictObject({
  name: z.string().min(1),
  /** For a million tokens. */
  inputUsd: z.number().nonnegative(),
  /** For a million tokens. */
  outputUsd: z.number().nonnegative(),
  source: z.url({ protocol: /^https$/ }),
});

/** What a `--prices` file holds. */
export const pricesSchema = z.strictObject({
  /** When the pages were read, ISO 8601. */
  readOn: z.iso.date(),
  workerRequests: price,
  workerCpuMs: price,
  objectRequests: price,
  /** How many incoming WebSocket messages are billed as one request to an object. */
  messagesPerRequest: z.number().positive(),
  objectGbSeconds: price,
  /** What an object is billed for while it is awake, however much it uses. */
  objectGb: z.number().positive(),
  rowsWritten: price,
  rowsRead: price,
  storedGbMonths: price,
  models: z.array(modelPrice).min(1),
});

export type Price = z.infer<typeof price>;
export type ModelPrice = z.infer<typeof modelPrice>;
export type Prices = z.infer<typeof pricesSchema>;

const WORKERS = "https://developers.cloudflare.com/workers/platform/pricing/";
const OBJECTS = "https://developers.cloudflare.com/durable-objects/platform/pricing/";
const MILLION = 1e6;

/** Of the Workers Paid plan. A price that has changed is changed here, with the date. */
export const publishedPrices: Prices = {
  readOn: "2026-11-29",
  // "WebSocket connections made to a Worker are charged as a request": its messages are none.
  workerRequests: { usd: 0.3, per: MILLION, unit: "requests", included: 10 * MILLION, source: WORKERS },
  // Of the Worker. An object's CPU time has no price: its duration has.
  workerCpuMs: { usd: 0.02, per: MILLION, unit: "ms", included: 30 * MILLION, source: WORKERS },
  // "HTTP requests, RPC sessions, WebSocket messages, and alarm invocations."
  objectRequests: { usd: 0.15, per: MILLION, unit: "requests", included: MILLION, source: OBJECTS },
  // "A 20:1 ratio is applied to incoming WebSocket messages"; outgoing ones, protocol pings and what `setWebSocketAutoResponse` answers are free.
  messagesPerRequest: 20,
  // Wall-clock time, "while the Durable Object is actively running or is idle in memory but unable to hibernate".
  objectGbSeconds: { usd: 12.5, per: MILLION, unit: "GB-s", included: 400_000, source: OBJECTS },
  // "128 MB … regardless of actual usage", which the page's examples count as 0.128 GB.
  objectGb: 0.128,
  // "Deletes are counted as rows written", and "each setAlarm is billed as a single row written".
  rowsWritten: { usd: 1, per: MILLION, unit: "rows", included: 50 * MILLION, source: OBJECTS },
  rowsRead: { usd: 0.001, per: MILLION, unit: "rows", included: 25_000 * MILLION, source: OBJECTS },
  storedGbMonths: { usd: 0.2, per: 1, unit: "GB-months", included: 5, source: OBJECTS },
  models: [
    // OpenAI shuts it down on 2027-01-14. It stands here because people know it.
    { name: "gpt-4o", inputUsd: 2.5, outputUsd: 10, source: "https://vercel.com/ai-gateway/models/gpt-4o" },
    { name: "gpt-6-luna", inputUsd: 0.1, outputUsd: 0.5, source: "https://developers.openai.com/api/docs/models/gpt-6-luna" },
  ],
};

/** Of a number of units, in dollars. */
export function priced({ usd, per }: Price, units: number): number {
  return (units * usd) / per;
}
