import { describe, expect, it } from "vitest";
import { Page } from "./page.ts";

describe("a page", () => {
  it("tells its own listeners, and no other page's, what a browser would", async () => {
    const [one, other] = [new Page(), new Page()];
    const told: string[] = [];
    const listen = (name: string) => (): void => {
      addEventListener("visibilitychange", ({ type }) => told.push(`${name} ${type} ${document.visibilityState}`), true);
    };
    one.run(listen("one"));
    // Also what begins later.
    await other.run(() => Promise.resolve().then(listen("other")));
    expect([one.tell("visibilitychange", "hidden"), other.tell("pagehide")]).toEqual([1, 0]);
    expect(told).toEqual(["one visibilitychange hidden"]);
    expect(globalThis.document).toBe(undefined);
  });

  it("is on a network of its own, which may become another", () => {
    const [one, other] = [new Page(), new Page()];
    const types: unknown[] = [];
    const connectionOf = (page: Page): Page["connection"] => page.run(() => Reflect.get(navigator, "connection"));
    connectionOf(one).addEventListener("change", () => types.push(connectionOf(one).type));
    for (const page of [one, other, one]) page.move();
    expect(types).toEqual(["cellular", "wifi"]);
    expect([one.listensToNetwork, other.listensToNetwork]).toEqual([1, 0]);
    expect(Reflect.get(navigator, "connection")).toBe(undefined);
  });

  it("forgets a listener, whoever says so", () => {
    const page = new Page();
    const listener = (): void => undefined;
    page.run(() => addEventListener("online", listener, true));
    removeEventListener("online", listener, true);
    expect(page.tell("online")).toBe(0);
  });
});
