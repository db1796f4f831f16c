import { getEventListeners } from "node:events";
import { afterEach, expect, it, vi } from "vitest";
import { watchPage } from "./page.ts";

afterEach(() => void vi.unstubAllGlobals());

/** A page's global object, as far as the network goes. @param type of the network that it is on; absent where a browser does not say */
function openPage(type?: string): { readonly told: string[]; readonly say: (type?: string) => void; readonly left: () => number } {
  const window = new EventTarget();
  const connection = Object.assign(new EventTarget(), { type });
  vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
  vi.stubGlobal("removeEventListener", window.removeEventListener.bind(window));
  vi.stubGlobal("navigator", { onLine: true, connection });
  const told: string[] = [];
  const forget = watchPage((event) => told.push(event));
  return {
    told,
    say(next) {
      connection.type = next;
      connection.dispatchEvent(new Event("change"));
    },
    left() {
      forget();
      return getEventListeners(connection, "change").length;
    },
  };
}

it("tells that a page is on another kind of network, and nothing of what is no other", () => {
  const { told, say, left } = openPage("wifi");
  say("wifi"); // An estimate of its speed.
  expect(told).toEqual([]);
  say("cellular");
  expect(told).toEqual(["moved"]);
  // Neither names a network, and what was before is still known.
  for (const type of ["none", "unknown", undefined, "cellular"]) say(type);
  expect(told).toEqual(["moved"]);
  say("none");
  say("wifi");
  expect(told).toEqual(["moved", "moved"]);
  expect(left()).toBe(0);
  say("cellular");
  expect(told).toHaveLength(2);
});

it.each([["none"], ["unknown"], [undefined]])("takes the first network that is named after %s for no other", (type) => {
  const { told, say } = openPage(type);
  say("wifi");
  expect(told).toEqual([]);
  say("ethernet");
  expect(told).toEqual(["moved"]);
});

it("listens to a page whose browser has no such thing", () => {
  const window = new EventTarget();
  vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
  vi.stubGlobal("removeEventListener", window.removeEventListener.bind(window));
  vi.stubGlobal("navigator", { onLine: true });
  const told: string[] = [];
  watchPage((event) => told.push(event));
  window.dispatchEvent(new Event("offline"));
  expect(told).toEqual(["offline"]);
});
