/** Records what an object writes, and what it leaves pending: what could keep it awake, and what is billed. */

/** A statement that wrote rows, with the rows that it wrote (those of indexes are rows). */
export interface Written {
  readonly statement: string;
  times: number;
  rows: number;
}

export interface Recording {
  /** By statement; `setAlarm` and `deleteAlarm` are statements too, of a row each. */
  readonly written: Written[];
  /** For when each alarm was set, in ms from then. */
  readonly alarmsInMs: number[];
  /** What is pending, by kind: `timer`, `interval`, `fetch`, `waitUntil`, `request`. */
  readonly pending: Readonly<Record<string, number>>;
}

const pending = new Map<string, Set<object>>();

/** Something that keeps an object awake begins; what it gives back ends it. */
function begin(kind: string): () => void {
  const mark = {};
  const marks = pending.get(kind) ?? new Set();
  pending.set(kind, marks.add(mark));
  return () => marks.delete(mark);
}

/** Counts as pending until a promise is settled. */
export async function during<T>(kind: string, work: Promise<T>): Promise<T> {
  const end = begin(kind);
  try {
    return await work;
  } finally {
    end();
  }
}

/** How much of each kind is pending in the isolate. */
export function pendingWork(): Record<string, number> {
  return Object.fromEntries([...pending].filter(([, marks]) => marks.size > 0).map(([kind, marks]) => [kind, marks.size]));
}

/** A function that sets a timer, as far as it is looked at here. */
type SetTimer = (run: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) => unknown;

/** From here on counts the timers and the requests of the whole isolate: of our code, the Agents SDK's, the AI SDK's. */
export function recordIsolate(): void {
  const ends = new Map<unknown, () => void>();
  const counted =
    (kind: "timer" | "interval", set: SetTimer): SetTimer =>
    (run, ms, ...given) => {
      const end = begin(kind);
      const timer = set(() => {
        if (kind === "timer") end();
        run(...given);
      }, ms);
      ends.set(timer, end);
      return timer;
    };
  const ended =
    (clear: (timer: never) => void) =>
    (timer: never): void => {
      ends.get(timer)?.();
      ends.delete(timer);
      clear(timer);
    };
  const { setTimeout, clearTimeout, setInterval, clearInterval, fetch } = globalThis;
  const wait = scheduler.wait.bind(scheduler);
  Object.assign(globalThis, {
    setTimeout: counted("timer", setTimeout as SetTimer),
    clearTimeout: ended(clearTimeout),
    setInterval: counted("interval", setInterval as SetTimer),
    clearInterval: ended(clearInterval),
    fetch: (...given: Parameters<typeof fetch>) => during("fetch", fetch(...given)),
  });
  scheduler.wait = (ms, options) => during("timer", wait(ms, options));
}

/** Records one object. Stands in the call of `super`, before the agent makes its tables. */
export class Recorder {
  #written = new Map<string, Written>();
  #alarmsInMs: number[] = [];

  constructor(ctx: DurableObjectState) {
    const { storage } = ctx;
    const { sql } = storage;
    const exec = sql.exec.bind(sql);
    sql.exec = (query, ...bindings) => {
      const cursor = exec<never>(query, ...bindings);
      if (cursor.rowsWritten > 0) this.#write(query.replaceAll(/\s+/g, " ").trim(), cursor.rowsWritten);
      return cursor;
    };
    const setAlarm = storage.setAlarm.bind(storage);
    storage.setAlarm = (time, options) => {
      this.#alarmsInMs.push(Number(time) - Date.now());
      this.#write("setAlarm", 1);
      return setAlarm(time, options);
    };
    const deleteAlarm = storage.deleteAlarm.bind(storage);
    storage.deleteAlarm = (options) => {
      this.#write("deleteAlarm", 1);
      return deleteAlarm(options);
    };
    for (const name of ["put", "delete"] as const) {
      const call = storage[name].bind(storage) as (...given: unknown[]) => Promise<never>;
      Object.assign(storage, {
        [name]: (...given: unknown[]) => {
          this.#write(`storage.${name} ${String(given[0])}`, 1);
          return call(...given);
        },
      });
    }
    const waitUntil = ctx.waitUntil.bind(ctx);
    ctx.waitUntil = (work: Promise<unknown>) => waitUntil(during("waitUntil", work));
  }

  /** What was recorded since the last call. */
  take(): Recording {
    const taken = { written: [...this.#written.values()], alarmsInMs: this.#alarmsInMs, pending: pendingWork() };
    this.#written = new Map();
    this.#alarmsInMs = [];
    return taken;
  }

  #write(statement: string, rows: number): void {
    const one = this.#written.get(statement) ?? { statement, times: 0, rows: 0 };
    one.times += 1;
    one.rows += rows;
    this.#written.set(statement, one);
  }
}
