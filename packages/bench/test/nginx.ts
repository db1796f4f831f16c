import { withoutNginx } from "../src/nginx/nginx.ts";

const missing = withoutNginx();

/** Where CI has no nginx it cannot be started, and so the tests that need one fail; elsewhere they are skipped, and say so. */
export const skipWithoutNginx: boolean = missing !== null && process.env["CI"] !== "true";
if (skipWithoutNginx) console.warn(`Nothing is tested behind nginx. ${missing}`);
