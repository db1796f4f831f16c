/** What this tab keeps from one page to the next. Where a browser forbids that, as with all cookies blocked, it lasts until the page is left. */
type TabStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

let opened: TabStorage | undefined;

export function tabStorage(): TabStorage {
  return (opened ??= open());
}

function open(): TabStorage {
  try {
    return sessionStorage;
  } catch (error) {
    console.warn("This browser lets the page keep nothing in its tab. A reload forgets the token and the question.", error);
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  }
}
