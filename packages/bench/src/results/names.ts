/** What a file of results holds and whoever reads one asks for by name. */

/** Why a scenario stands in a report that nobody wanted it for: so that what is missing can be seen. */
export const NOT_ASKED = "it was not asked for in this run.";

/** Ids of the arms that are the browser's own, of `reconnect-browser`. */
export const EVENT_SOURCE = "native-eventsource";
export const WEB_SOCKET = "native-websocket";
