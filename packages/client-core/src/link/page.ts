import type { PageEvent } from "./link.ts";

/**
 * Tells what the page and its network say, where there is a page: `online` and `offline`, visibility, the back/forward cache, a frozen tab.
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
  const types = ["online", "offline", "pagehide", "pageshow", "resume", "visibilitychange"];
  // Captured: what is sent to the document goes by the window first, bubbling or not.
  for (const type of types) addEventListener(type, listener, true);
  return () => {
    for (const type of types) removeEventListener(type, listener, true);
  };
}
