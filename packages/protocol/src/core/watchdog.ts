import { HEARTBEAT_PERIODS_UNTIL_DEAD } from "../constants.ts";

/** Notices a peer that fell silent, PROTOCOL.md §3.2 and §4.5. */
export interface Watchdog {
  /** Something was heard. Cheap: it moves a mark, not a timer. */
  heard(): void;
  /** While the application is slow and nothing is read, silence means nothing. */
  pause(): void;
  stop(): void;
}

export function watch(periodMs: number, onSilent: () => void): Watchdog {
  const deadlineMs = periodMs * HEARTBEAT_PERIODS_UNTIL_DEAD;
  let heardAt = performance.now();
  let paused = false;
  const look = (): void => {
    const silentMs = paused ? 0 : performance.now() - heardAt;
    if (silentMs >= deadlineMs) onSilent();
    else timer = setTimeout(look, deadlineMs - silentMs);
  };
  let timer = setTimeout(look, deadlineMs);
  return {
    heard: () => {
      heardAt = performance.now();
      paused = false;
    },
    pause: () => {
      paused = true;
    },
    stop: () => clearTimeout(timer),
  };
}
