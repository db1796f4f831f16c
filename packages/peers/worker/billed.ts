/** Counts what an agent is billed by: rows, by the database's own counters, WebSocket messages and alarms, as the runtime gives them to the object. */
import type { AgentContext } from "agents";

/** By this object since the Worker was started, also before it slept. */
export interface Billed {
  /** Rows. Those of indexes included, one for each alarm that is set, and one for each key that `storage.put` or `storage.delete` changes. */
  readonly written: number;
  /** Rows. */
  readonly read: number;
  /** WebSocket messages that came in. Those that the runtime answers by itself reach no object, and are free. */
  readonly messages: number;
  /** Those that fired. */
  readonly alarms: number;
  /** Of its database, now. */
  readonly storedBytes: number;
  /** Another one each time that the object comes to life. */
  readonly life: string;
}

type Counted = "written" | "read" | "messages" | "alarms";
type Count = Record<Counted, number>;

/** By the object's id: an object that sleeps loses all that it holds, and the isolate does not. */
const counts = new Map<string, Count>();
const lives = new WeakMap<AgentContext, string>();

function countOf(ctx: AgentContext): Count {
  const id = ctx.id.toString();
  const count = counts.get(id) ?? { written: 0, read: 0, messages: 0, alarms: 0 };
  counts.set(id, count);
  return count;
}

/** Counts rows from here on. Stands in the call of `super`, before the agent makes its tables. */
export function counted(ctx: AgentContext): AgentContext {
  const count = countOf(ctx);
  lives.set(ctx, crypto.randomUUID());
  countStatements(ctx.storage.sql, count);
  countCalls(ctx.storage, "setAlarm", count, () => 1);
  countCalls(ctx.storage, "put", count, (keys) => (typeof keys === "string" ? 1 : Object.keys(Object(keys)).length));
  countCalls(ctx.storage, "delete", count, (keys) => (Array.isArray(keys) ? keys.length : 1));
  return ctx;
}

/** Counts what wakes the object. Stands behind the call of `super`, which may give the object its handlers. */
export function countEvents(agent: object, ctx: AgentContext): void {
  const count = countOf(ctx);
  countEvent(agent, "webSocketMessage", () => (count.messages += 1));
  countEvent(agent, "alarm", () => (count.alarms += 1));
}

function countEvent(agent: object, name: string, count: () => void): void {
  const handler: unknown = Reflect.get(agent, name);
  if (typeof handler !== "function") throw new TypeError(`The agent has no ${name}.`);
  const value = (...given: unknown[]): unknown => {
    count();
    return Reflect.apply(handler, agent, given);
  };
  // The SDK's own is no property that can be set.
  Object.defineProperty(agent, name, { value, configurable: true });
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

/** Without asking the object, which wakes it. */
export function rowsWrittenBy(id: DurableObjectId): number {
  return counts.get(id.toString())?.written ?? 0;
}

export function billedBy(ctx: AgentContext): Billed {
  const life = lives.get(ctx);
  if (life === undefined) throw new Error("This agent is not counted: its constructor calls super(counted(ctx), env).");
  return { ...countOf(ctx), storedBytes: ctx.storage.sql.databaseSize, life };
}
