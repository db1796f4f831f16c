/** Counts what an agent's storage is billed by: the rows that its statements write and read, by the database's own counters. */
import type { AgentContext } from "agents";

export interface BilledRows {
  /** Those of indexes included, one for each alarm that is set, and one for each key that `storage.put` or `storage.delete` changes. */
  readonly written: number;
  readonly read: number;
}

interface Count {
  written: number;
  read: number;
}

const counts = new WeakMap<AgentContext, Count>();

/** Counts from here on. Stands in the call of `super`, before the agent makes its tables. */
export function counted(ctx: AgentContext): AgentContext {
  const count: Count = { written: 0, read: 0 };
  counts.set(ctx, count);
  countStatements(ctx.storage.sql, count);
  countCalls(ctx.storage, "setAlarm", count, () => 1);
  countCalls(ctx.storage, "put", count, (keys) => (typeof keys === "string" ? 1 : Object.keys(Object(keys)).length));
  countCalls(ctx.storage, "delete", count, (keys) => (Array.isArray(keys) ? keys.length : 1));
  return ctx;
}

/** @param rows that a call writes, by its first argument */
function countCalls(storage: DurableObjectStorage, name: keyof DurableObjectStorage, count: Count, rows: (first: unknown) => number): void {
  const call: unknown = Reflect.get(storage, name);
  if (typeof call !== "function") throw new TypeError(`The storage has no ${name}.`);
  Reflect.set(storage, name, (...given: unknown[]): unknown => {
    count.written += rows(given[0]);
    return Reflect.apply(call, storage, given);
  });
}

function countStatements(sql: SqlStorage, count: Count): void {
  const exec = sql.exec.bind(sql);
  let reading: { readonly rowsRead: number }[] = [];
  sql.exec = (query, ...bindings) => {
    const cursor = exec<never>(query, ...bindings);
    // A statement writes all its rows in its first step, which `exec` takes, also where it gives some of them back.
    count.written += cursor.rowsWritten;
    // It reads as it is read. None of these agents reads one beyond the turn that makes it.
    if (reading.push(cursor) === 1) {
      queueMicrotask(() => {
        for (const { rowsRead } of reading) count.read += rowsRead;
        reading = [];
      });
    }
    return cursor;
  };
}

/** So far, by this object since it was made in memory. */
export function billedRows(ctx: AgentContext): BilledRows {
  const count = counts.get(ctx);
  if (count === undefined) throw new Error("This agent's rows are not counted: its constructor calls super(counted(ctx), env).");
  return { ...count };
}
