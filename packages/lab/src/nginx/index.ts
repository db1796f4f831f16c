export { NGINX_DEFAULTS, type NginxSettings } from "./config.ts";
export { startNginx, type Nginx } from "./nginx.ts";
