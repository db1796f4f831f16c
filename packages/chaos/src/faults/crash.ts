import type { Fault } from "./fault.ts";

export const crash: Fault = {
  kind: "crash",
  says: "the agent's object is aborted, as by an eviction in the middle of an answer",
  when: "later",
  params: () => ({}),
  strike({ live, crash: abort, failed }) {
    let strikes = 0;
    if (live()) void abort().then(() => (strikes = 1), failed);
    return () => strikes;
  },
};
