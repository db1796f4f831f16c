import type { Dispatcher } from "undici";

/** Node's own `fetch`, over the connections of a dispatcher. */
export function fetchThrough(dispatcher: Dispatcher): typeof fetch {
  return (input, init) => {
    const through: RequestInit & { readonly dispatcher: Dispatcher } = { ...init, dispatcher };
    return fetch(input, through);
  };
}

/** Node's own `WebSocket`, over the connections of a dispatcher. */
export function webSocketThrough(dispatcher: Dispatcher): typeof WebSocket {
  return new Proxy(WebSocket, {
    construct: (target, [url, protocols]: [string | URL, (string | string[])?]) =>
      Reflect.construct(target, [url, { dispatcher, ...(protocols !== undefined && { protocols }) }]),
  });
}
