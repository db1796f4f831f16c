/** What this project's own clients are made of. Not a stable interface: applications use the clients. */
export { parseCursor, placeOf, type Place } from "./cursor.ts";
export { abortedError, FollowedRun, type Driver } from "./followed-run.ts";
export { agentUrl, settingsOf, startKey, type Settings } from "./options.ts";
export { answered, LostError, persist, type Attempt } from "./persist.ts";
export { afterLoss, FIRST_TRY, type Loss, type Tries } from "./tries.ts";
export { watch, type Watchdog } from "./watchdog.ts";
