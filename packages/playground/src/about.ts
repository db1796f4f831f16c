/** What the Worker that serves this page says of itself: `GET /page/about`. */
export interface About {
  /** `scripted` where there is no key; absent where the Agent asks for a token. */
  readonly model?: string;
  readonly asksForToken: boolean;
  readonly development: boolean;
  /** In development: a POST there kills the Worker's process, and another one is started on the same storage. */
  readonly killUrl?: string;
}

/** @returns `undefined` where another server serves the page, or none answers any more */
export async function readAbout(): Promise<About | undefined> {
  try {
    const response = await fetch("/page/about", { headers: { Accept: "application/json" } });
    if (!response.ok) return undefined;
    const about: About = await response.json();
    return about;
  } catch (error) {
    // The page works without it: what it was to say is on the page, and why it does not is on the console.
    console.warn(error);
    return undefined;
  }
}

export interface Description {
  readonly text: string;
  readonly warning: boolean;
}

/** One or two sentences for whoever opens the page, and for whoever owns what is behind it. */
export function describe(about: About | undefined): Description {
  if (about === undefined)
    return { text: "This page’s server said nothing of an Agent: it is not the Agent’s Worker, or it did not answer.", warning: false };
  const { model, asksForToken, development } = about;
  if (asksForToken)
    return { text: "This Agent asks for a token. Its operator sets the tokens in the variable AGENT_TOKENS.", warning: false };
  const answers =
    model === "scripted"
      ? "A scripted model answers, because OPENAI_API_KEY is not set. It costs nothing."
      : `${model} answers, with the key of this Worker’s owner.`;
  if (development) return { text: answers, warning: false };
  const open = "Everyone who finds this URL may use it. If it is yours, set AGENT_TOKENS.";
  return { text: `${answers} ${open}`, warning: true };
}

/** @param chosen whether the page may ask it by itself */
export function describeElsewhere(url: string, chosen: boolean): Description {
  const text = `The Agent is at ${new URL(url).host}. What model answers there, this page does not know.`;
  return { text: chosen ? text : `${text} Nothing is asked of it before you say so.`, warning: false };
}
