/** What is open as long as its keeper, and not longer: what comes too late is closed, too. */
export interface Keeper<One> {
  /** @throws Error where the keeper is closed, or was while this one opened */
  open(start: () => Promise<One>): Promise<One>;
  /** Closes one before the others. */
  close(one: One): Promise<void>;
  closeAll(): Promise<void>;
}

export function keepOpen<One extends { close(): Promise<void> }>(what: string): Keeper<One> {
  const open = new Set<One>();
  let isClosed = false;
  const assertOpen = (): void => {
    if (isClosed) throw new Error(`${what} was closed before this was open. Whoever asked for it has ended, or its time was over.`);
  };
  return {
    async open(start) {
      assertOpen();
      const one = await start();
      // Whoever waited for it may have given up, and closed what it was opened in.
      if (isClosed) await one.close();
      assertOpen();
      open.add(one);
      return one;
    },
    async close(one) {
      open.delete(one);
      await one.close();
    },
    async closeAll() {
      isClosed = true;
      await Promise.all([...open].map((one) => one.close()));
      open.clear();
    },
  };
}
