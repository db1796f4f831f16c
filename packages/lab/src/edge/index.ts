export { makeCertificate, type Certificate } from "./certificate.ts";
export { EdgeError, type EdgeErrorCode } from "./errors.ts";
export { http2Fetch, type Http2Fetch } from "./http2-fetch.ts";
