import type { Session } from "./session-cost.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A chat of five answers: what all else is a variation of. An answer is kept for as long as ours keeps it by default. */
export const chat: Session = {
  answers: 5,
  tokens: 1_000,
  tokensPerSecond: 50,
  firstTokenMs: 500,
  thinkMs: MINUTE_MS,
  inputsPerSecond: 0,
  openMs: 0,
  keptDays: 7,
};

/** Of an agent's turn. */
export const AGENT = { turns: 20, tokens: 100, toolSeconds: 2 } as const;
/** Of one answer that goes on for a minute. */
export const VOICE = { inputsPerSecond: 20 } as const;

export interface NamedSession {
  readonly id: "chat" | "agent" | "voice" | "tab";
  readonly title: string;
  readonly session: Session;
}

/** What people do, beside the answers that a command line describes. */
export function sessionsLike(answer: Session): readonly NamedSession[] {
  return [
    {
      id: "chat",
      title: answer.answers === 1 ? "a chat of one answer" : `a chat of ${answer.answers} answers`,
      session: answer,
    },
    {
      // Each turn is an answer of its own; the tools are the client's.
      id: "agent",
      title: `an agent of ${AGENT.turns} tool turns`,
      session: { ...answer, answers: AGENT.turns, tokens: AGENT.tokens, thinkMs: AGENT.toolSeconds * SECOND_MS },
    },
    {
      id: "voice",
      title: "a minute of voice",
      session: { ...answer, answers: 1, tokens: 60 * answer.tokensPerSecond, inputsPerSecond: VOICE.inputsPerSecond },
    },
    {
      id: "tab",
      title: "a tab open for 8 hours",
      session: { ...answer, answers: 1, openMs: 8 * HOUR_MS },
    },
  ];
}

export interface Variation {
  readonly title: string;
  readonly session: Session;
}

/** One thing at a time is another; what the session has already is among them, to be read beside the rest. */
export function variationsOf(session: Session): readonly (readonly Variation[])[] {
  return [
    [1, 5, 20].map((answers) => ({
      title: `${answers} ${answers === 1 ? "answer" : "answers"} a session`,
      session: { ...session, answers },
    })),
    [5, 60, 600].map((seconds) => ({
      title: seconds < 120 ? `${seconds} s to think` : `${seconds / 60} min to think`,
      session: { ...session, thinkMs: seconds * SECOND_MS },
    })),
    [20, 50, 200].map((tokensPerSecond) => ({ title: `${tokensPerSecond} tokens/s`, session: { ...session, tokensPerSecond } })),
  ];
}
