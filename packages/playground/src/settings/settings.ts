import { isAgentName } from "@agent-transports/protocol";
import { randomHex } from "../hex.ts";

/** What a person set, and which runs are shown: all of it is in the page's URL, so that a reload, a second tab and a link show the same. */
export interface Settings {
  /** Another Agent's Worker; absent for the one that serves the page. */
  readonly url?: string;
  /** The agent's name; absent before the first question, which goes to a new agent. */
  readonly name?: string;
  readonly prompt: string;
  /** Of the scripted model. */
  readonly tokensPerSecond: number;
  readonly words: number;
  /** Whether both lanes read one run, or each its own. */
  readonly runs: "one" | "each";
  /** The runs that the lanes follow, once they were answered. */
  readonly sse?: string;
  readonly ws?: string;
  /** With an agent each: of whose agent the run is that was handed over. */
  readonly of?: "sse" | "ws";
}

export const defaults: Settings = {
  prompt: "Explain why a stream should survive a lost connection.",
  tokensPerSecond: 50,
  words: 600,
  runs: "one",
};

export const PACE = { min: 10, max: 1_000 } as const;
export const WORDS = { min: 50, max: 20_000 } as const;

/** Whether it is the URL of a Worker. One without a scheme is none: of `localhost:8787`, a URL takes `localhost:` for it. */
export function isWorkerUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:\/\//i.test(url);
}

/** Whether an agent can have this name, and each lane's agent one that is made of it. */
export function isName(name: string, runs: Settings["runs"]): boolean {
  return isAgentName(name) && (["sse", "ws"] as const).every((transport) => isAgentName(laneAgent(name, runs, transport)));
}

/** The name of a lane's agent: with a run each, each lane has an agent of its own. */
export function laneAgent(name: string, runs: Settings["runs"], transport: "sse" | "ws"): string {
  return runs === "each" ? `${name}-${transport}` : name;
}

/** What is missing or makes no sense is the default. */
export function readSettings(search: string): Settings {
  const asked = new URLSearchParams(search);
  const url = asked.get("url") ?? "";
  const id = (name: string): { readonly [name]: string } | undefined => {
    const value = asked.get(name);
    return value !== null && /^[\w-]{1,64}$/.test(value) ? { [name]: value } : undefined;
  };
  const name = asked.get("name") ?? "";
  const runs = asked.get("runs") === "each" ? "each" : "one";
  const of = asked.get("of");
  return {
    ...(isWorkerUrl(url) ? { url } : {}),
    ...(isName(name, runs) ? { name } : {}),
    prompt: asked.get("prompt")?.slice(0, 2_000) || defaults.prompt,
    tokensPerSecond: number(asked.get("pace"), PACE, defaults.tokensPerSecond),
    words: number(asked.get("words"), WORDS, defaults.words),
    runs,
    ...id("sse"),
    ...id("ws"),
    ...(runs === "each" && (of === "sse" || of === "ws") ? { of } : {}),
  };
}

/** Only what differs from the defaults, so that the URL stays short. */
export function writeSettings(settings: Settings): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string | number | undefined, usual?: string | number): void => {
    if (value !== undefined && value !== usual) query.set(name, String(value));
  };
  put("url", settings.url);
  put("name", settings.name);
  put("prompt", settings.prompt, defaults.prompt);
  put("pace", settings.tokensPerSecond, defaults.tokensPerSecond);
  put("words", settings.words, defaults.words);
  put("runs", settings.runs, defaults.runs);
  put("sse", settings.sse);
  put("ws", settings.ws);
  put("of", settings.of);
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** Of an agent that nobody else has: with one name for all, everyone who opens an open deployment would share an agent, and its limits. */
export function newName(): string {
  return `page-${randomHex(6)}`;
}

function number(text: string | null, { min, max }: { readonly min: number; readonly max: number }, usual: number): number {
  const value = Number(text ?? "");
  return Number.isFinite(value) && value > 0 ? Math.min(max, Math.max(min, Math.round(value))) : usual;
}

/** What the model is asked. The scripted model takes its length and its pace from these words, so that each run can have its own. */
export function promptFor({ prompt, tokensPerSecond, words }: Settings, scripted: boolean): string {
  return scripted ? `${prompt}\nWrite ${words} words at ${tokensPerSecond} tokens/s.` : prompt;
}
