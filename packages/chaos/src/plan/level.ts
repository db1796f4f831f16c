/** When an agent stores its events: the Worker and the checker read it from the agent's name. */
export interface Level {
  readonly level: "event" | "window" | "behind";
  readonly windowMs: number;
  /** An agent that is wrong, for a test of the checker: when it has died, it does not know which ids it may have sent. */
  readonly forgets: boolean;
}

/** An agent's name is `<scenario>_<level>`: `event`, the milliseconds of a window, or those with `behind` or `forgets` before them. */
export function levelOf(agent: string): Level {
  const [, kind = "event", windowMs = "0"] = /_(event|behind|forgets|)(\d*)$/.exec(agent) ?? [];
  const level = kind === "event" ? "event" : kind === "" ? "window" : "behind";
  return { level, windowMs: Number(windowMs), forgets: kind === "forgets" };
}
