import { expect, it } from "vitest";
import { Reconnects } from "./reconnects.ts";

/** The reconnects of a page, and what their aborts were taken for. */
class Page {
  readonly meanings: string[] = [];
  readonly #reconnects = new Reconnects();

  /** @returns what aborts it */
  reconnect(name: string, chatId = "chat"): () => void {
    const abort = new AbortController();
    this.#reconnects.begin(chatId, abort.signal, (meaning) => this.meanings.push(`${name} ${meaning}`));
    return () => abort.abort();
  }
}

/** Everything that was put behind the turn under way. */
async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

it("takes an abort that nothing follows for a stop", async () => {
  const page = new Page();
  page.reconnect("a")();
  expect(page.meanings).toEqual([]);
  await nextTurn();
  expect(page.meanings).toEqual(["a stopped"]);
});

it("takes an abort that a reconnect of the chat follows in the same turn for one that makes way", async () => {
  const page = new Page();
  page.reconnect("a")();
  page.reconnect("b");
  await nextTurn();
  expect(page.meanings).toEqual(["a superseded"]);
});

it("takes a reconnect in a later turn, or of another chat, for no successor", async () => {
  const page = new Page();
  page.reconnect("a")();
  page.reconnect("b", "another chat");
  await nextTurn();
  page.reconnect("c");
  await nextTurn();
  expect(page.meanings).toEqual(["a stopped"]);
});

it("takes the second stop of a chat for a stop, also where its first reconnect made way", async () => {
  const page = new Page();
  page.reconnect("a")();
  const stop = page.reconnect("b");
  await nextTurn();
  stop();
  await nextTurn();
  expect(page.meanings).toEqual(["a superseded", "b stopped"]);
});

it("takes each of many Chats of one id that are unmounted and mounted again for one that makes way, and one that is gone for a stop", async () => {
  const page = new Page();
  const names = Array.from({ length: 20 }, (_, index) => `${index}`);
  const aborts = names.map((name) => page.reconnect(name));
  for (const abort of aborts) abort();
  for (const name of names.slice(1)) page.reconnect(`${name} again`);
  await nextTurn();
  expect(page.meanings).toEqual(expect.arrayContaining([...names.slice(0, -1).map((name) => `${name} superseded`), "19 stopped"]));
  expect(page.meanings).toHaveLength(20);
});

it("leaves the other Chats of an id alone where one makes way for itself", async () => {
  const page = new Page();
  const [abort] = ["a", "b", "c"].map((name) => page.reconnect(name));
  abort?.();
  page.reconnect("a again");
  await nextTurn();
  expect(page.meanings).toEqual(["a superseded"]);
});
