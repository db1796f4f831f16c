export { addUp, countNumbers, IntegrityChecker, type Integrity } from "./integrity.ts";
