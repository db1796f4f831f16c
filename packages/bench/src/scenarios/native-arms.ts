/** Ids of the arms that are the browser's own, of `reconnect-browser`; the analysis asks for them too. */
export const EVENT_SOURCE = "native-eventsource";
export const WEB_SOCKET = "native-websocket";
