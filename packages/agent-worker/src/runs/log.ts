import type { RunEndState, RunFailure } from "@agent-transports/protocol";
import { isFull } from "./full-storage.ts";
import { RUN_COLUMNS, toRecord, type RunRecord, type RunRow } from "./run-record.ts";
import { UnendedRuns } from "./unended-runs.ts";

export type { RunRecord };

/** Contiguous events, as they lie in the log. */
export interface Batch {
  /** `seq` of the first. */
  readonly first: number;
  /** JSON texts. */
  readonly chunks: readonly string[];
}

/** An input that is in the log. */
export interface AcceptedInput {
  readonly seq: number;
  /** Of its text; `null` where an agent of an earlier version accepted it. */
  readonly fingerprint: string | null;
}

/** SQLite's rows hold 2 MB; a row also has its keys. */
export const EVENT_MAX_BYTES = 1_900_000;

export function fitsInRow(text: string): boolean {
  // A UTF-16 unit is at most three bytes of UTF-8: most texts need no closer look.
  return text.length * 3 <= EVENT_MAX_BYTES || new TextEncoder().encode(text).byteLength <= EVENT_MAX_BYTES;
}

const ROW_TARGET_CHARS = 65_536;
/** So far a row grows. SQLite keeps about 1,000 bytes of one in its page: a longer one takes more pages, and each append would write them all. */
const GROWING_ROW_CHARS = 900;

/** The row that was written last. */
export interface LastRow {
  readonly seq: number;
  readonly chars: number;
}

type EventRow = { seq: number; chunks: string };

type LogStorage = Pick<DurableObjectStorage, "sql" | "transactionSync">;

/**
 * The durable log: runs and their events, in the agent's SQLite.
 *
 * An `events` row holds the chunks' JSON texts, one a line (JSON has no raw line feed), so that what piles up together costs one row, and a replay parses
 * nothing. What is appended in one turn writes one row: a new one, or the one before while that is small, of which fewer are then to be deleted. Every method is synchronous: what one turn writes becomes durable as one,
 * and the runtime's output gate holds back what is sent until it is.
 */
export class RunLog {
  /** What of a run outlives its agent. */
  readonly unended: UnendedRuns;
  readonly #storage: LogStorage;
  readonly #sql: SqlStorage;
  readonly #onFull: () => void;
  /** `n` of the newest run that there was while this object lives, also where it was forgotten: a reader may still have its record. */
  #lastN: number;

  /** @param onFull called where the storage takes no more */
  constructor(storage: LogStorage, onFull: () => void = () => undefined) {
    const { sql } = storage;
    this.#onFull = onFull;
    this.#storage = storage;
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS transport_runs (
        n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL, state TEXT NOT NULL,
        start_key TEXT UNIQUE, fingerprint TEXT NOT NULL, chat TEXT, created_at INTEGER NOT NULL, ended_at INTEGER, error TEXT, gone_at INTEGER, subject TEXT);
      CREATE INDEX IF NOT EXISTS transport_runs_chat ON transport_runs (chat, n) WHERE chat IS NOT NULL;
      CREATE INDEX IF NOT EXISTS transport_runs_running ON transport_runs (n) WHERE state = 'running';
      CREATE TABLE IF NOT EXISTS transport_events (
        run INTEGER NOT NULL, seq INTEGER NOT NULL, count INTEGER NOT NULL, chunks TEXT NOT NULL, ahead INTEGER, PRIMARY KEY (run, seq)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS transport_inputs (
        run INTEGER NOT NULL, input_key TEXT NOT NULL, seq INTEGER NOT NULL, fingerprint TEXT, PRIMARY KEY (run, input_key)) WITHOUT ROWID;
    `);
    this.unended = new UnendedRuns(sql, (write) => this.write(write));
    // Logs of earlier versions.
    const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('transport_runs')").toArray();
    for (const added of ["gone_at INTEGER", "subject TEXT", "origin TEXT", "kept TEXT", "tried TEXT"]) {
      if (!columns.some(({ name }) => added.startsWith(`${name} `))) sql.exec(`ALTER TABLE transport_runs ADD COLUMN ${added}`);
    }
    const ofEvents = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('transport_events')").toArray();
    if (!ofEvents.some(({ name }) => name === "ahead")) sql.exec("ALTER TABLE transport_events ADD COLUMN ahead INTEGER");
    const ofInputs = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('transport_inputs')").toArray();
    if (!ofInputs.some(({ name }) => name === "fingerprint")) sql.exec("ALTER TABLE transport_inputs ADD COLUMN fingerprint TEXT");
    sql.exec(`
      CREATE INDEX IF NOT EXISTS transport_runs_kept ON transport_runs (ended_at, n) WHERE gone_at IS NULL AND ended_at IS NOT NULL;
      CREATE INDEX IF NOT EXISTS transport_runs_gone ON transport_runs (gone_at) WHERE gone_at IS NOT NULL;
    `);
    this.#lastN = sql.exec<{ n: number }>("SELECT COALESCE(MAX(n), 0) AS n FROM transport_runs").one().n;
  }

  create(run: {
    id: string;
    epoch: string;
    key: string | null;
    fingerprint: string;
    chat: string | null;
    createdAt: number;
    subject: string | null;
    /** What it is generated from, as JSON; `null` where that is too large to be kept. */
    origin?: string | null;
  }): number {
    const n = this.#lastN + 1;
    // AUTOINCREMENT would do the same for another row at each run.
    this.#sql.exec(
      `INSERT INTO transport_runs (n, id, epoch, state, start_key, fingerprint, chat, created_at, subject, origin)
       VALUES (?, ?, ?, 'running', ?, ?, ?, ?, ?, ?)`,
      n,
      run.id,
      run.epoch,
      run.key,
      run.fingerprint,
      run.chat,
      run.createdAt,
      run.subject,
      run.origin ?? null,
    );
    this.#lastN = n;
    return n;
  }

  /** The run that a key began, and the fingerprint of what it began with. */
  byKey(key: string): { run: RunRecord; fingerprint: string } | undefined {
    const row = this.#sql
      .exec<RunRow & { fingerprint: string }>(`SELECT ${RUN_COLUMNS}, fingerprint FROM transport_runs WHERE start_key = ?`, key)
      .toArray()[0];
    return row && { run: toRecord(row), fingerprint: row.fingerprint };
  }

  byId(id: string): RunRecord | undefined {
    return this.#one(`SELECT ${RUN_COLUMNS} FROM transport_runs WHERE id = ?`, id);
  }

  /** The newest run that was started with this chat id, of those that `wanted` takes. */
  byChat(chat: string, wanted: (run: RunRecord) => boolean): RunRecord | undefined {
    return this.#newest("chat = ?2", chat, 1, undefined, wanted)[0];
  }

  /** Runs that no terminal event has ended: after a restart, those that died with the agent. */
  unfinished(): RunRecord[] {
    return this.#sql.exec<RunRow>(`SELECT ${RUN_COLUMNS} FROM transport_runs WHERE state = 'running' ORDER BY n`).toArray().map(toRecord);
  }

  /** Newest first, below `beforeN`, of those that `wanted` takes. */
  page(limit: number, beforeN: number | undefined, wanted: (run: RunRecord) => boolean): RunRecord[] {
    return this.#newest("gone_at IS ?2", null, limit, beforeN, wanted);
  }

  /** `seq` of the newest event; 0 while there is none. */
  tail(n: number): number {
    const row = this.#sql
      .exec<{ tail: number }>("SELECT seq + count - 1 AS tail FROM transport_events WHERE run = ? ORDER BY seq DESC LIMIT 1", n)
      .toArray()[0];
    return row?.tail ?? 0;
  }

  /** UTF-16 units of a run's events, or about so many: beyond the basic plane SQLite counts a character, which is two. */
  size(n: number): number {
    return this.#sql.exec<{ size: number }>("SELECT COALESCE(SUM(LENGTH(chunks)), 0) AS size FROM transport_events WHERE run = ?", n).one()
      .size;
  }

  /** `seq` of the last event that readers may have been sent, stored or not; 0 while there is none. It is {@link tail} where nothing is sent before it is stored. */
  ahead(n: number): number {
    const row = this.#sql
      .exec<{ ahead: number }>(
        "SELECT COALESCE(ahead, seq + count - 1) AS ahead FROM transport_events WHERE run = ? ORDER BY seq DESC LIMIT 1",
        n,
      )
      .toArray()[0];
    return row?.ahead ?? 0;
  }

  /** How large the agent's whole SQLite is, in bytes: all that is in it, and not only runs. */
  get bytes(): number {
    return this.#sql.databaseSize;
  }

  /** Writes what needs room. Where there is none, the runtime ends the object, and takes back what its turn wrote: room is made when it wakes. */
  write<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      if (isFull(error)) this.#onFull();
      throw error;
    }
  }

  /** The same, of several statements: all of them, or none. */
  writeAll(act: () => void): void {
    this.write(() => this.#storage.transactionSync(act));
  }

  /**
   * All of it or none; what needs room: see {@link write}.
   *
   * @param ahead up to which `seq` events may be sent before more are stored; only where they are sent first
   * @param last what the append before gave back, where there was one
   */
  append(n: number, first: number, chunks: readonly string[], ahead: number | null = null, last?: LastRow): LastRow | undefined {
    const chars = sum(chunks) + chunks.length;
    if (last !== undefined && chunks.length > 0 && last.chars + chars <= GROWING_ROW_CHARS) {
      this.#sql.exec(
        "UPDATE transport_events SET count = count + ?, chunks = chunks || char(10) || ?, ahead = ? WHERE run = ? AND seq = ?",
        chunks.length,
        chunks.join("\n"),
        ahead,
        n,
        last.seq,
      );
      return { seq: last.seq, chars: last.chars + chars };
    }
    return this.#insert(n, first, chunks, ahead);
  }

  #insert(n: number, first: number, chunks: readonly string[], ahead: number | null): LastRow | undefined {
    // What throws here is caught, and the same events are appended again: rows of a first try would be in the way.
    if (sum(chunks) > ROW_TARGET_CHARS) return this.#storage.transactionSync(() => this.#insertRows(n, first, chunks, ahead));
    return this.#insertRows(n, first, chunks, ahead);
  }

  #insertRows(n: number, first: number, chunks: readonly string[], ahead: number | null): LastRow | undefined {
    let row: LastRow | undefined;
    let from = 0;
    while (from < chunks.length) {
      let to = from;
      let chars = 0;
      do chars += chunks[to++]!.length;
      while (to < chunks.length && chars + chunks[to]!.length <= ROW_TARGET_CHARS);
      row = { seq: first + from, chars };
      this.#sql.exec(
        "INSERT INTO transport_events (run, seq, count, chunks, ahead) VALUES (?, ?, ?, ?, ?)",
        n,
        row.seq,
        to - from,
        chunks.slice(from, to).join("\n"),
        ahead,
      );
      from = to;
    }
    return row;
  }

  /** The events after `after`, about `maxChars` of them at most but never none where there are some. */
  read(n: number, after: number, maxChars: number): Batch | undefined {
    // The statement ends by itself once it has enough. A cursor that is left in the middle keeps its statement, and with it the database's
    // read transaction, until it is collected; each read behind it then compiles another one.
    const rows = this.#sql.exec<EventRow>(
      `WITH RECURSIVE part (seq, count, chunks, chars) AS (
         SELECT * FROM (SELECT seq, count, chunks, LENGTH(chunks) FROM transport_events WHERE run = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1)
         UNION ALL
         SELECT next.seq, next.count, next.chunks, part.chars + LENGTH(next.chunks)
         FROM part JOIN transport_events AS next ON next.run = ?1 AND next.seq = part.seq + part.count WHERE part.chars < ?3)
       SELECT seq, chunks FROM part`,
      n,
      after + 1,
      maxChars,
    );
    const chunks: string[] = [];
    for (const row of rows) {
      const all = row.chunks.split("\n");
      // The first row may begin before the cursor.
      const skip = Math.max(0, after + 1 - row.seq);
      for (let index = skip; index < all.length; index++) chunks.push(all[index]!);
    }
    return chunks.length === 0 ? undefined : { first: after + 1, chunks };
  }

  /**
   * A run has ended. Where another did later by the clock, that was set back since: this one counts as ended behind it. Or it would be deleted as the oldest of
   * all, at once, while its readers read. So its time may be too late by the step, and is never too early.
   */
  end(n: number, state: RunEndState, error: RunFailure | null, endedAt: number): void {
    this.#sql.exec(
      `UPDATE transport_runs SET state = ?1, error = ?2, origin = NULL, kept = NULL, tried = NULL,
         ended_at = (SELECT CASE WHEN MAX(ended_at) > ?3 THEN MAX(ended_at) + 1 ELSE ?3 END
                     FROM transport_runs WHERE gone_at IS NULL AND ended_at IS NOT NULL)
       WHERE n = ?4`,
      state,
      error === null ? null : JSON.stringify(error),
      endedAt,
      n,
    );
  }

  /** The inputs that were accepted, of those with these keys. */
  inputs(n: number, keys: readonly string[]): Map<string, AcceptedInput> {
    const rows = this.#sql.exec<{ key: string; seq: number; fingerprint: string | null }>(
      "SELECT input_key AS key, seq, fingerprint FROM transport_inputs WHERE run = ? AND input_key IN (SELECT value FROM json_each(?))",
      n,
      JSON.stringify(keys),
    );
    return new Map(rows.toArray().map(({ key, ...input }) => [key, input]));
  }

  /** The inputs with these keys and fingerprints have the `seq`s from `first` on. One statement: all of them are recorded, or none. */
  recordInputs(n: number, inputs: readonly (readonly [key: string, fingerprint: string])[], first: number): void {
    this.#sql.exec(
      `INSERT INTO transport_inputs (run, input_key, seq, fingerprint)
       SELECT ?, json_extract(value, '$[0]'), ? + key, json_extract(value, '$[1]') FROM json_each(?)`,
      n,
      first,
      JSON.stringify(inputs),
    );
  }

  /** How many ended runs still have their events. */
  countKept(): number {
    return this.#sql
      .exec<{ count: number }>("SELECT COUNT(*) AS count FROM transport_runs WHERE gone_at IS NULL AND ended_at IS NOT NULL")
      .one().count;
  }

  /** Deletes the events of all but the newest `keep` runs that have ended; gives back of how many. */
  expireBeyond(keep: number, now: number): number {
    return this.#expire(
      `n IN (SELECT n FROM transport_runs WHERE gone_at IS NULL AND ended_at IS NOT NULL ORDER BY ended_at DESC, n DESC LIMIT -1 OFFSET ?)`,
      [keep],
      now,
    );
  }

  /** Deletes the events of the runs that ended first; gives back of how many. @param spared of the newest */
  expireOldest(many: number, now: number, spared = 0): number {
    return this.#expire(
      `n IN (SELECT n FROM transport_runs WHERE gone_at IS NULL AND ended_at IS NOT NULL ORDER BY ended_at, n
             LIMIT MAX(0, MIN(?, (SELECT COUNT(*) FROM transport_runs WHERE gone_at IS NULL AND ended_at IS NOT NULL) - ?)))`,
      [many, spared],
      now,
    );
  }

  /** Deletes the events of runs that ended at `time` or before; gives back of how many. */
  expireEndedBefore(time: number, now: number): number {
    return this.#expire("gone_at IS NULL AND ended_at <= ?", [time], now);
  }

  /** Forgets that runs whose events were deleted at `time` or before ever were. To keep their keys would be to keep something of each start for good. */
  forgetGoneBefore(time: number): void {
    this.#sql.exec("DELETE FROM transport_runs WHERE gone_at <= ?", time);
  }

  /** No run has ended, or was deleted, later than at `now`: what is dated more than `byMs` ahead of it was so by a clock that was wrong. Their order stays. */
  takeForNow(now: number, byMs: number): void {
    this.#sql.exec(
      `UPDATE transport_runs SET ended_at = ended_at + ?1 - (SELECT MAX(ended_at) FROM transport_runs WHERE gone_at IS NULL)
       WHERE gone_at IS NULL AND ended_at > ?1 + ?2`,
      now,
      byMs,
    );
    this.#sql.exec("UPDATE transport_runs SET gone_at = ?1 WHERE gone_at > ?1 + ?2", now, byMs);
  }

  /** When the run that ended first did, and when the one that was deleted first was. */
  oldest(): { endedAt: number | null; goneAt: number | null } {
    return this.#sql
      .exec<{ endedAt: number | null; goneAt: number | null }>(
        `SELECT (SELECT MIN(ended_at) FROM transport_runs WHERE gone_at IS NULL AND ended_at IS NOT NULL) AS endedAt,
                (SELECT MIN(gone_at) FROM transport_runs WHERE gone_at IS NOT NULL) AS goneAt`,
      )
      .one();
  }

  #expire(where: string, bindings: readonly number[], now: number): number {
    const gone = this.#sql.exec<{ n: number }>(`SELECT n FROM transport_runs WHERE ${where}`, ...bindings).toArray();
    for (const { n } of gone) {
      this.#sql.exec("DELETE FROM transport_events WHERE run = ?", n);
      this.#sql.exec("DELETE FROM transport_inputs WHERE run = ?", n);
      this.unended.forget(n);
      // Last: where the storage is full, this needs the room that the others made.
      this.#sql.exec("UPDATE transport_runs SET gone_at = ? WHERE n = ?", now, n);
    }
    return gone.length;
  }

  /** With statements that end by themselves: a cursor that is left in the middle stays open until it is collected. */
  #newest(
    where: string,
    binding: string | null,
    limit: number,
    beforeN: number | undefined,
    wanted: (run: RunRecord) => boolean,
  ): RunRecord[] {
    const found: RunRecord[] = [];
    const query = `SELECT ${RUN_COLUMNS} FROM transport_runs WHERE n < ?1 AND ${where} ORDER BY n DESC LIMIT ?3`;
    let below = beforeN ?? Number.MAX_SAFE_INTEGER;
    for (;;) {
      const runs = this.#sql.exec<RunRow>(query, below, binding, limit).toArray().map(toRecord);
      found.push(...runs.filter(wanted));
      below = runs.at(-1)?.n ?? 0;
      if (found.length >= limit || runs.length < limit) return found.slice(0, limit);
    }
  }

  #one(query: string, binding: string): RunRecord | undefined {
    const row = this.#sql.exec<RunRow>(query, binding).toArray()[0];
    return row && toRecord(row);
  }
}

function sum(chunks: readonly string[]): number {
  let chars = 0;
  for (const chunk of chunks) chars += chunk.length;
  return chars;
}
