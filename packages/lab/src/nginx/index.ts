export { NGINX_DEFAULTS, type NginxSettings } from "./config.ts";
export { NginxError, type NginxErrorCode } from "./errors.ts";
export { http2Fetch, type Http2Fetch } from "./http2-fetch.ts";
export { startNginx, type Nginx } from "./nginx.ts";
