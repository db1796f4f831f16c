export { NGINX_DEFAULTS, type NginxSettings } from "./config.ts";
export { startNginx, startNginxOf, type Nginx } from "./nginx.ts";
