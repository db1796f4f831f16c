import { TestSql } from "../sql-storage.ts";

/** A life of an agent, and what ends it. */
export interface Life {
  readonly storage: TestSql["storage"];
  /** What this turn wrote is gone, and whatever still runs writes nothing. */
  die(): void;
  /** Resolves when what was written until now is durable. */
  readonly durable: () => Promise<void>;
}

/** An object's storage as the runtime has it: what one turn writes becomes durable as one, when the turn ends. */
export class Turns {
  readonly sql: TestSql = new TestSql();
  #turn: object | undefined;

  begin(): Life {
    const nothing = new TestSql().storage.exec("SELECT 1 WHERE 0");
    let alive = true;
    const within =
      (act: (...given: unknown[]) => unknown) =>
      (...given: unknown[]): unknown => {
        if (!alive) return nothing;
        this.#begin();
        return act(...given);
      };
    const storage: TestSql["storage"] = new Proxy(this.sql.storage, {
      get: (target, name) => {
        if (name === "sql") return storage;
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? within((...given) => value.apply(target, given)) : value;
      },
    });
    return {
      storage,
      die: () => {
        alive = false;
        if (this.#turn !== undefined) this.sql.exec("ROLLBACK;");
        this.#turn = undefined;
      },
      durable: () => new Promise((resolve) => setImmediate(resolve)),
    };
  }

  #begin(): void {
    if (this.#turn !== undefined) return;
    const turn = {};
    this.#turn = turn;
    this.sql.exec("BEGIN;");
    setImmediate(() => {
      if (this.#turn !== turn) return;
      this.sql.exec("COMMIT;");
      this.#turn = undefined;
    });
  }
}
