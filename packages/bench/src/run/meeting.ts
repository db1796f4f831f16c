import type { Meeting } from "../lab/lab.ts";

/** A block's place in a {@link Meeting}, until it has ended. */
export interface Member extends Meeting {
  /** The others no longer wait for it. */
  leave(): void;
}

export interface MeetingOptions {
  /** Between those that go on, in ms: all together, they would be each other's load. */
  readonly pauseMs: number;
  /** Who has waited so long goes on, in ms: a block that hangs is no reason for the others to fail. */
  readonly limitMs: number;
}

/** Whoever joins before the first of them meets is waited for. */
export function openMeeting({ pauseMs, limitMs }: MeetingOptions): { join(): Member } {
  const present = new Set<Member>();
  const waiting = new Map<Member, () => void>();
  const goOn = (): void => {
    if (waiting.size < present.size) return;
    [...waiting.values()].forEach((resolve, index) => setTimeout(resolve, index * pauseMs));
    waiting.clear();
  };
  return {
    join() {
      const member: Member = {
        async meet() {
          const { promise, resolve } = Promise.withResolvers<void>();
          waiting.set(member, resolve);
          const limit = setTimeout(() => {
            waiting.delete(member);
            resolve();
          }, limitMs);
          goOn();
          await promise;
          clearTimeout(limit);
        },
        leave() {
          if (present.delete(member)) goOn();
        },
      };
      present.add(member);
      return member;
    },
  };
}
