import type { Connection } from "agents";
import { told } from "../runs/guards.ts";

/** A socket that outlived its agent, and a run that it follows. */
interface Left {
  readonly connection: Connection;
  readonly run: string;
}

/**
 * Sockets that follow their runs again after a death.
 *
 * One in a turn, because each may be sent a window, and the request that woke the agent waits for all that is done in its turn: a thousand took 18 s at once.
 * Until each has had its turn, the runs are kept. The agent may die again before that, and such a run may have ended meanwhile: nothing else would say then that
 * sockets wait for its end.
 */
export class FollowingAgain {
  readonly #sql: SqlStorage;
  readonly #write: (act: () => void) => void;

  /** @param write does what needs room, see RunLog.write */
  constructor(sql: SqlStorage, write: (act: () => void) => void = (act) => act()) {
    this.#sql = sql;
    this.#write = write;
  }

  /**
   * To be called in the turn of the start, before anything ends these runs.
   *
   * @param dead the runs that were alive when the agent died
   * @param followed by a socket, as it was when the agent died
   * @param follow is given each that is left, in a turn of its own
   * @returns what gives them their turns; `undefined` where nobody follows such a run
   */
  begin(
    connections: Iterable<Connection>,
    dead: readonly string[],
    followed: (connection: Connection) => readonly string[],
    follow: (connection: Connection, run: string) => void,
  ): (() => Promise<void>) | undefined {
    const before = this.#runs;
    const runs = new Set([...before, ...dead]);
    if (runs.size === 0) return undefined;
    const left = Array.from(connections).flatMap((connection): Left[] =>
      followed(connection).flatMap((run) => (runs.has(run) ? [{ connection, run }] : [])),
    );
    if (left.length > 0) told(() => this.#keep([...new Set(left.map(({ run }) => run))]));
    else if (before.length > 0) told(() => this.#clear());
    return left.length === 0 ? undefined : () => this.#inTurns(left, follow);
  }

  async #inTurns(left: readonly Left[], follow: (connection: Connection, run: string) => void): Promise<void> {
    for (const { connection, run } of left) {
      await new Promise((resolve) => setTimeout(resolve));
      // One that fails holds up none of the others.
      told(() => follow(connection, run));
    }
    told(() => this.#clear());
  }

  /** Their ids, of the life before. */
  get #runs(): readonly string[] {
    if (!this.#isThere) return [];
    const rows = this.#sql.exec<{ run: string }>("SELECT value AS run FROM transport_following_again, json_each(runs)");
    return rows.toArray().map(({ run }) => run);
  }

  /** It is made when it is first needed: an agent whose storage is full, of a version without it, would else never start, and so make no room. */
  get #isThere(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'transport_following_again'").toArray().length > 0;
  }

  #keep(runs: readonly string[]): void {
    this.#write(() => {
      this.#sql.exec("CREATE TABLE IF NOT EXISTS transport_following_again (one INTEGER PRIMARY KEY CHECK (one = 1), runs TEXT NOT NULL)");
      this.#sql.exec("INSERT OR REPLACE INTO transport_following_again (one, runs) VALUES (1, ?)", JSON.stringify(runs));
    });
  }

  #clear(): void {
    if (this.#isThere) this.#sql.exec("DELETE FROM transport_following_again");
  }
}
