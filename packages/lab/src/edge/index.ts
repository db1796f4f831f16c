export { makeCertificate, type Certificate } from "./certificate.ts";
export { edgeConnections, type EdgeConnections } from "./connections.ts";
export { edgePrograms, startEdge, type Edge, type EdgeKind, type EdgeOptions } from "./edge.ts";
export { EdgeError, type EdgeErrorCode } from "./errors.ts";
export { http2Fetch, type HttpFetch, type Trust } from "./http2-fetch.ts";
export type { EdgeProgram, HttpVersion, Port } from "./site.ts";
