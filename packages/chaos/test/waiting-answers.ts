import type { MakeClient, Subject, SubjectRun } from "../src/run/subject.ts";
import { changed } from "./wrong-clients.ts";

/**
 * A client that lets its agent's answers go on when what comes in the middle of them has come, however late: when each run that it started is
 * over, or was read so far, and each cancel is answered.
 *
 * @param events so far @param goOn tells the agent
 */
export function goingOn(makeClient: MakeClient, events: number, goOn: () => void): MakeClient {
  return (...given) => {
    const client = makeClient(...given);
    let waits = 0;
    /** @returns what is to be called when it is waited for no longer */
    const waitFor = (): (() => void) => {
      let isOver = false;
      waits += 1;
      return () => {
        if (isOver) return;
        isOver = true;
        waits -= 1;
        if (waits === 0) goOn();
      };
    };
    const watched = (run: SubjectRun): SubjectRun => {
      const over = waitFor();
      return changed(run, {
        cancel: () => run.cancel().finally(waitFor()),
        async *[Symbol.asyncIterator]() {
          let count = 0;
          try {
            for await (const event of run) {
              yield event;
              // Whoever asks for the next one has done what it does at this one.
              count += 1;
              if (count === events) over();
            }
          } finally {
            over();
          }
        },
      });
    };
    return changed<Subject>(client, { start: (...asked) => watched(client.start(...asked)) });
  };
}
