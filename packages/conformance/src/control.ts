/** What stands in Node while the checks run in another runtime. Its counterpart there is `./runtime`. */
export { startControl, type Control, type ControlOptions } from "./remote/control.ts";
export { register, type Runner } from "./register.ts";
export { startRelay, type Relay } from "./relay.ts";
