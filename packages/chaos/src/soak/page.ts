import { getEventListeners, setMaxListeners } from "node:events";

/** What the clients listen to, by `packages/client-core/src/link/page.ts`. */
const TYPES = ["online", "offline", "pagehide", "pageshow", "resume", "visibilitychange"] as const;

/** A page that the clients of this process listen to, for as long as it is open. */
export interface StandInPage {
  readonly listeners: number;
  close(): void;
}

/** Node has no page, so that clients there listen to none. Here is one that nothing ever happens to, and whose listeners can be counted. */
export function openPage(): StandInPage {
  const target = new EventTarget();
  const connection = Object.assign(new EventTarget(), { type: "wifi" });
  // As many as there are connections.
  for (const one of [target, connection]) setMaxListeners(0, one);
  Object.assign(globalThis, {
    addEventListener: target.addEventListener.bind(target),
    removeEventListener(type: string, listener: EventListener, options?: boolean | EventListenerOptions) {
      // Node 24 takes no boolean here, which is what browsers and their pages have had from the beginning, and removes nothing.
      target.removeEventListener(type, listener, typeof options === "boolean" ? { capture: options } : options);
    },
  });
  // By this, clients know a page.
  for (const [name, value] of Object.entries({ onLine: true, connection }))
    Object.defineProperty(globalThis.navigator, name, { value, configurable: true });
  return {
    get listeners() {
      const ofPage = TYPES.reduce((sum, type) => sum + getEventListeners(target, type).length, 0);
      return ofPage + getEventListeners(connection, "change").length;
    },
    close() {
      for (const name of ["addEventListener", "removeEventListener"]) Reflect.deleteProperty(globalThis, name);
      for (const name of ["onLine", "connection"]) Reflect.deleteProperty(globalThis.navigator, name);
    },
  };
}
