import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";

/** An object's SQLite in Node: as much of `ctx.storage` and of its `sql` as is used, in one, and a count of the cursors that were not read to their end. */
export class TestSql {
  readonly #database: DatabaseSync = new DatabaseSync(":memory:");
  #open = 0;
  readonly #written: Map<string, number> = new Map();

  /** Rows that were inserted, updated or deleted, as they are billed. */
  rowsWritten(table: string): number {
    return this.#written.get(table) ?? 0;
  }

  get open(): number {
    return this.#open;
  }

  /** What is used of its file, in bytes. */
  get databaseSize(): number {
    return (this.#pragma("page_count") - this.#pragma("freelist_count")) * this.#pragma("page_size");
  }

  #pragma(name: string): number {
    return Number(this.#database.prepare(`PRAGMA ${name}`).get()?.[name]);
  }

  /** For what takes the runtime's, and for what takes its `sql`. */
  get storage(): SqlStorage & Pick<DurableObjectStorage, "sql" | "transactionSync"> {
    return this as unknown as SqlStorage & Pick<DurableObjectStorage, "sql" | "transactionSync">;
  }

  get sql(): SqlStorage {
    return this.storage;
  }

  transactionSync<Result>(act: () => Result): Result {
    this.#database.exec("SAVEPOINT act");
    try {
      const result = act();
      this.#database.exec("RELEASE act");
      return result;
    } catch (error) {
      // A full disk has rolled all of it back already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK TO act; RELEASE act");
      throw error;
    }
  }

  exec(query: string, ...bindings: SQLInputValue[]): unknown {
    if (bindings.length === 0 && query.includes(";")) {
      this.#database.exec(query);
      return;
    }
    const rows = this.#database.prepare(query).all(...bindings);
    const [, table] = /^\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)/.exec(query) ?? [];
    if (table !== undefined)
      this.#written.set(table, this.rowsWritten(table) + Number(this.#database.prepare("SELECT changes() AS n").get()?.["n"]));
    let next = 0;
    // A statement that gives no rows has ended with its first step.
    if (rows.length > 0) this.#open += 1;
    const cursor = {
      next: (): IteratorResult<Record<string, SQLOutputValue>, undefined> => {
        const value = rows[next++];
        if (value !== undefined) return { done: false, value };
        if (rows.length > 0 && next === rows.length + 1) this.#open -= 1;
        return { done: true, value: undefined };
      },
      [Symbol.iterator]: () => cursor,
      toArray: () => [...cursor],
      one: () => {
        const [row, ...more] = [...cursor];
        if (row === undefined || more.length > 0) throw new Error(`${rows.length} rows came where one was due.`);
        return row;
      },
    };
    return cursor;
  }
}
