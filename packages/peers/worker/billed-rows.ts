/** Counts what an agent writes into its SQLite, by the database's own counters: the unit in which Cloudflare bills a durable log. */
import type { AgentContext } from "agents";

const counts = new WeakMap<AgentContext, { rows: number }>();

/**
 * Counts from here on. Stands in the call of `super`, before the agent makes its tables.
 *
 * Rows that `ctx.storage.sql.exec` writes, those of indexes included, and one for each alarm that is set: so they are billed. Not `ctx.storage`'s keys and
 * values, which none of these agents writes for an answer.
 */
export function counted(ctx: AgentContext): AgentContext {
  const count = { rows: 0 };
  counts.set(ctx, count);
  const { sql } = ctx.storage;
  const setAlarm = ctx.storage.setAlarm.bind(ctx.storage);
  ctx.storage.setAlarm = (...given) => {
    count.rows += 1;
    return setAlarm(...given);
  };
  const exec = sql.exec.bind(sql);
  sql.exec = (query, ...bindings) => {
    const cursor = exec<never>(query, ...bindings);
    // A statement writes all its rows in its first step, which `exec` takes, also where it gives some of them back.
    count.rows += cursor.rowsWritten;
    return cursor;
  };
  return ctx;
}

/** So far, by this object since it was made in memory. */
export function rowsWritten(ctx: AgentContext): number {
  const count = counts.get(ctx);
  if (count === undefined) throw new Error("This agent's rows are not counted: its constructor calls super(counted(ctx), env).");
  return count.rows;
}
