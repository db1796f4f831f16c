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

interface Waiting {
  readonly member: Member;
  readonly round: number;
  readonly goOn: () => void;
}

/** Whoever joins before the first of them meets is waited for. */
export function openMeeting({ pauseMs, limitMs }: MeetingOptions): { join(): Member } {
  /** How often each has come. */
  const rounds = new Map<Member, number>();
  let waiting: readonly Waiting[] = [];
  const release = (): void => {
    // One that has gone on without the others waits for them at its next meeting, and not at the one that they are late for.
    const slowest = Math.min(...rounds.values());
    const [ready, rest] = [waiting.filter(({ round }) => round <= slowest), waiting.filter(({ round }) => round > slowest)];
    waiting = rest;
    ready.forEach(({ goOn }, index) => setTimeout(goOn, index * pauseMs));
  };
  const forget = (member: Member): void => {
    waiting = waiting.filter((one) => one.member !== member);
  };
  return {
    join() {
      const member: Member = {
        async meet() {
          const before = rounds.get(member);
          // It has left.
          if (before === undefined) return;
          const round = before + 1;
          rounds.set(member, round);
          const { promise, resolve } = Promise.withResolvers<void>();
          const limit = setTimeout(() => {
            forget(member);
            resolve();
          }, limitMs);
          waiting = [...waiting, { member, round, goOn: resolve }];
          release();
          await promise;
          clearTimeout(limit);
        },
        leave() {
          if (!rounds.delete(member)) return;
          for (const { goOn } of waiting.filter((one) => one.member === member)) goOn();
          forget(member);
          release();
        },
      };
      rounds.set(member, 0);
      return member;
    },
  };
}
