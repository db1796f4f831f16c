import { fileURLToPath } from "node:url";

/** This package's folder: what a `Bundle` imports is resolved from here. */
export const packageRoot: string = fileURLToPath(new URL("..", import.meta.url));
