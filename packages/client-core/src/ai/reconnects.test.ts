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

it("treats an abort that nothing follows as a stop", async () => {
  const page = new Page();
  page.reconnect("a")();
  expect(page.meanings).toEqual([]);
  await nextTurn();
  expect(page.meanings).toEqual(["a stopped"]);
});

it("does not treat an abort as a stop when the chat reconnects in the same turn", async () => {
  const page = new Page();
  page.reconnect("a")();
  page.reconnect("b");
  await nextTurn();
  expect(page.meanings).toEqual(["a superseded"]);
});

it("treats an abort as a stop when only a later turn or another chat reconnects", async () => {
  const page = new Page();
  page.reconnect("a")();
  page.reconnect("b", "another chat");
  await nextTurn();
  page.reconnect("c");
  await nextTurn();
  expect(page.meanings).toEqual(["a stopped"]);
});

it("treats a chat's second abort as a stop, even when its first reconnect was replaced", async () => {
  const page = new Page();
  page.reconnect("a")();
  const stop = page.reconnect("b");
  await nextTurn();
  stop();
  await nextTurn();
  expect(page.meanings).toEqual(["a superseded", "b stopped"]);
});

it("treats an abort of one of many Chats with the same id as a stop only when that Chat does not mount again", async () => {
  const page = new Page();
  const names = Array.from({ length: 20 }, (_, index) => `${index}`);
  const aborts = names.map((name) => page.reconnect(name));
  for (const abort of aborts) abort();
  for (const name of names.slice(1)) page.reconnect(`${name} again`);
  await nextTurn();
  expect(page.meanings).toEqual(expect.arrayContaining([...names.slice(0, -1).map((name) => `${name} superseded`), "19 stopped"]));
  expect(page.meanings).toHaveLength(20);
});

it("does not disturb other Chats with the same id when one replaces its own reconnect", async () => {
  const page = new Page();
  const [abort] = ["a", "b", "c"].map((name) => page.reconnect(name));
  abort?.();
  page.reconnect("a again");
  await nextTurn();
  expect(page.meanings).toEqual(["a superseded"]);
});
