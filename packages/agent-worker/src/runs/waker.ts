/** What of `ctx.storage` it uses: the object's one alarm, which the Agents SDK sets, too. */
export interface AlarmStorage {
  getAlarm(): Promise<number | null>;
  setAlarm(time: number): Promise<void>;
}

/** How far away the alarm is at most, when it was just set: an agent that dies is awake again by then. */
const AWAKE_AFTER_MS = 4_900;
/** It is put off when it is nearer than this, so that it does not come while the agent lives. Each time is a row that is billed. */
const PUT_OFF_BEFORE_MS = 900;
/** How often it is looked at: the SDK sets it anew when the object has started, and behind each alarm. */
const LOOK_EVERY_MS = 500;
const LOOK_AFTER_FAILURE_MS = 30_000;

/**
 * Wakes an agent that died while a run of its was alive, also where nobody asks for it.
 *
 * The SDK's `keepAlive` would wake it within 30 s. Its heartbeat, more often, would write seven rows each time; an alarm that is put off again and again, and comes
 * only if nobody is there to do so, is one row. What the SDK wants to be woken for comes when it is due.
 */
export class Waker {
  readonly #storage: AlarmStorage;
  readonly #tell: (error: unknown) => void;
  #held = 0;
  /** Which time it is that runs are alive: what watched in an earlier one stops. */
  #watch = 0;
  #told = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What was set here last. */
  #own: number | undefined;
  /** What the SDK had set for a later time. */
  #sdks: number | undefined;

  /** @param tell hears of a storage that fails: the runs go on, and their agent would be awake later */
  constructor(storage: AlarmStorage, tell: (error: unknown) => void) {
    this.#storage = storage;
    this.#tell = tell;
  }

  /** A run is alive, until what this gives back is called. */
  hold(): () => void {
    this.#held += 1;
    if (this.#held === 1) void this.#look((this.#watch += 1));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#held -= 1;
      if (this.#held > 0) return;
      clearTimeout(this.#timer);
      // When the SDK's own hold ends, it sets the alarm for what it has to do next.
      this.#own = undefined;
      this.#sdks = undefined;
    };
  }

  async #look(watch: number): Promise<void> {
    let nextMs = LOOK_EVERY_MS;
    try {
      const set = (await this.#storage.getAlarm()) ?? undefined;
      if (!this.#watches(watch)) return;
      const now = Date.now();
      if (set === undefined || set !== this.#own) this.#sdks = set;
      const due = Math.min(now + AWAKE_AFTER_MS, this.#sdks ?? Number.POSITIVE_INFINITY);
      const isFar = set === undefined || set > now + AWAKE_AFTER_MS;
      const isNear = set === this.#own && set !== undefined && set < now + PUT_OFF_BEFORE_MS;
      if (due !== set && (isFar || isNear)) {
        this.#own = due;
        await this.#storage.setAlarm(due);
      }
    } catch (error) {
      // A storage that fails once may do so each time.
      if (!this.#told) this.#tell(error);
      this.#told = true;
      nextMs = LOOK_AFTER_FAILURE_MS;
    }
    if (this.#watches(watch)) this.#timer = setTimeout(() => void this.#look(watch), nextMs);
  }

  #watches(watch: number): boolean {
    return this.#held > 0 && watch === this.#watch;
  }
}
