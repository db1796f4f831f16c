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
  // As many as there are connections.
  setMaxListeners(0, target);
  Object.assign(globalThis, {
    addEventListener: target.addEventListener.bind(target),
    removeEventListener(type: string, listener: EventListener, options?: boolean | EventListenerOptions) {
      // Node 24 takes no boolean here, which is what browsers and their pages have had from the beginning, and removes nothing.
      target.removeEventListener(type, listener, typeof options === "boolean" ? { capture: options } : options);
    },
  });
  // By this, clients know a page.
  Object.defineProperty(globalThis.navigator, "onLine", { value: true, configurable: true });
  return {
    get listeners() {
      return TYPES.reduce((sum, type) => sum + getEventListeners(target, type).length, 0);
    },
    close() {
      for (const name of ["addEventListener", "removeEventListener"]) Reflect.deleteProperty(globalThis, name);
      Reflect.deleteProperty(globalThis.navigator, "onLine");
    },
  };
}
