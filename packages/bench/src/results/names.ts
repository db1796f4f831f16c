/** What a file of results holds and whoever reads one asks for by name. */

/** Why a scenario stands in a report that nobody wanted it for: so that what is missing can be seen. */
export const NOT_ASKED = "it was not asked for in this run.";

/** The scenario of which all settings are cells of one map, and are judged together (METHOD.md, "The map"). */
export const MAP = "map";

/** Ids of the arms that are the browser's own, of `reconnect-browser`. */
export const EVENT_SOURCE = "native-eventsource";
export const WEB_SOCKET = "native-websocket";
