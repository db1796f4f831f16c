import type { PageEvent } from "./link.ts";

/**
 * Tells what the page and its network say, where there is a page: `online` and `offline`, visibility, the back/forward cache, a frozen tab, and a
 * change from one kind of network to another.
 *
 * @returns what ends it
 */
export function watchPage(tell: (event: PageEvent) => void): () => void {
  // Browsers and their workers; Node, Deno and Workers have a navigator without it.
  if (!("onLine" in (globalThis.navigator ?? {}))) return () => undefined;
  const listener = ({ type }: Event): void => {
    if (type === "online" || type === "offline") tell(type);
    else if (type === "pagehide") tell("hidden");
    else if (globalThis.document?.visibilityState !== "hidden") tell("woken");
  };
  // `NetworkInformation`. Chrome on Android and on ChromeOS has its `type`, and hardly another browser does.
  const connection: unknown = Reflect.get(navigator, "connection");
  const ofNetwork = connection instanceof EventTarget ? connection : new EventTarget();
  let network: unknown;
  // It also comes where an estimate of the network's speed has changed.
  const changed = (): void => {
    const type: unknown = Reflect.get(ofNetwork, "type");
    // Neither names a network: `offline` and `online` say what there is to say.
    if (type === undefined || type === "none" || type === "unknown") return;
    if ((network ?? type) !== type) tell("moved");
    network = type;
  };
  changed();
  ofNetwork.addEventListener("change", changed);
  const types = ["online", "offline", "pagehide", "pageshow", "resume", "visibilitychange"];
  // Captured: what is sent to the document goes by the window first, bubbling or not.
  for (const type of types) addEventListener(type, listener, true);
  return () => {
    ofNetwork.removeEventListener("change", changed);
    for (const type of types) removeEventListener(type, listener, true);
  };
}
