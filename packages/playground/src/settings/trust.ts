import { tabStorage } from "./tab-storage.ts";

/**
 * What a person decided in this tab about the origin of an Agent. It is kept in `sessionStorage`, by that origin, and never in the URL. So no link can
 * have a token sent to an origin for which it was not typed.
 */
const TOKEN = "playground-token:";
const CHOSEN = "playground-chosen:";

/** The origin of an Agent's Worker. @param url absent for the Worker that serves the page */
function originOf(url: string | undefined): string {
  return url === undefined ? location.origin : new URL(url).origin;
}

/** The token that was typed for this Agent's origin, if one was. */
export function tokenFor(url: string | undefined): string | undefined {
  return tabStorage().getItem(TOKEN + originOf(url)) ?? undefined;
}

/** @param token empty where there is none any more */
export function keepToken(url: string | undefined, token: string): void {
  const key = TOKEN + originOf(url);
  if (token === "") tabStorage().removeItem(key);
  else tabStorage().setItem(key, token);
}

/** Whether the page may ask this Agent by itself: it is of the page's own origin, or a person has begun with its origin in this tab. */
export function isChosen(url: string | undefined): boolean {
  const origin = originOf(url);
  return origin === location.origin || tabStorage().getItem(CHOSEN + origin) !== null;
}

export function choose(url: string | undefined): void {
  tabStorage().setItem(CHOSEN + originOf(url), "");
}
