import { serveChecks } from "@agent-transports/conformance/runtime";
import { suites } from "./suites.ts";

/** Served as it is by workerd, Bun and Deno; a page calls it. The members beside `fetch` are Bun's. */
export default { fetch: serveChecks(suites), hostname: "127.0.0.1", port: 0, idleTimeout: 60 };
