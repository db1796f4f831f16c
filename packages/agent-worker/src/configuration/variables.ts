import { DEFAULT_RETENTION } from "../runs/retention.ts";
import { misconfigured, RequestError } from "../wire/errors.ts";
import {
  compression,
  durability,
  headerValue,
  httpUrl,
  limits,
  nonEmpty,
  oneOf,
  origins,
  positiveNumber,
  switchedOn,
  ticketSecret,
  tokens,
  wholeNumber,
} from "./parse.ts";

interface Variable {
  /** Set with `wrangler secret put`. */
  readonly secret?: true;
  /** What it says; a default where it is not set. @throws RequestError `misconfigured` */
  readonly parse: (name: string, text: string | undefined) => unknown;
}

export const DEFAULT_MODEL = "gpt-4o";

/** The variables of this package's Worker, all optional: the one list of them, in the order of README.md. */
export const variables = {
  /** With a key OpenAI answers; without one the scripted model does, so that everything works with no key. */
  OPENAI_API_KEY: { secret: true, parse: headerValue },
  /** Any server of the same wire format. Default: OpenAI's. */
  OPENAI_BASE_URL: { parse: httpUrl },
  /** Default {@link DEFAULT_MODEL}. */
  OPENAI_MODEL: { parse: nonEmpty(DEFAULT_MODEL, "a model's name") },
  /** `responses` (default) or `chat`: for servers that speak only `/chat/completions`. */
  OPENAI_API: { parse: oneOf("responses", "chat") },
  /** `1` asks in background mode, which only `responses` has: an answer goes on at the provider when its Agent dies. Default `0`. */
  OPENAI_BACKGROUND: { parse: switchedOn },
  /** Default 50. */
  SCRIPTED_TOKENS_PER_SECOND: { parse: positiveNumber(50) },
  /** Default 1. */
  SCRIPTED_SEED: { parse: positiveNumber(1) },
  /** A model that says nothing for so long has failed. Default 600. */
  MODEL_SILENCE_SECONDS: { parse: positiveNumber(600) },
  /** `event`, `window` (default) or `behind`, with a window in ms if wanted: `window:50`. PROTOCOL.md §1.1. */
  DURABILITY: { parse: durability },
  /** `on` (default) takes an answer up again that was interrupted; `off` ends its run. PROTOCOL.md §1.2. */
  RECOVERY: { parse: oneOf("on", "off") },
  /** Events of runs that ended longer ago are deleted. Default 168: a week. */
  RETENTION_HOURS: { parse: positiveNumber(168) },
  /** So many ended runs keep their events. Default 1000. */
  RETENTION_RUNS: { parse: wholeNumber(1_000) },
  /** Beyond so many bytes of an agent's SQLite, the runs that ended first lose their events. Default 4000000000: an object has 10 GB. */
  RETENTION_BYTES: { parse: positiveNumber(DEFAULT_RETENTION.maxBytes) },
  /** Origins besides the Worker's own whose pages may use it: exact, separated by commas. In development this machine's may, too. */
  ALLOWED_ORIGINS: { parse: origins },
  /** Limits of PROTOCOL.md §8.3, as JSON: `{"liveRuns": 20}`. */
  LIMITS: { parse: limits },
  /** Bearer tokens, `<subject>=<token>` separated by commas. Without it everyone may do everything. */
  AGENT_TOKENS: { secret: true, parse: tokens },
  /** Signs tickets: at least 32 characters. Without it there are none. */
  TICKET_SECRET: { secret: true, parse: ticketSecret },
  /** `on` takes a client's offer to compress its WebSocket, `small-window` in less memory. Default `off`. */
  COMPRESS_WEBSOCKETS: { parse: compression },
  /** `1` prints runs, readers and refusals as structured lines. */
  LOG_EVENTS: { parse: switchedOn },
  /** `1` prints errors that nobody foresaw with their message, causes and stack, as `wrangler dev` does: they may quote a prompt or a key. */
  LOG_ERRORS: { parse: switchedOn },
} satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof variables;

export const variableNames: readonly VariableName[] = Object.keys(variables).filter(isVariableName);

/** The variables as a Worker is given them. */
export type Variables = { readonly [Name in VariableName]?: string };

type Values = { readonly [Name in VariableName]: ReturnType<(typeof variables)[Name]["parse"]> };

/** What one variable says. @throws RequestError `misconfigured` */
export function valueOf<Name extends VariableName>(env: Variables, name: Name): Values[Name] {
  const parsers: { readonly [Each in VariableName]: { parse(name: string, text: string | undefined): Values[Each] } } = variables;
  return parsers[name].parse(name, env[name]);
}

/** Says at once all that is wrong with some variables. @throws RequestError `misconfigured` */
export function checkVariables(env: Variables, names: readonly VariableName[] = variableNames): void {
  const faults: string[] = [];
  for (const name of names) {
    try {
      valueOf(env, name);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      faults.push(error.message);
    }
  }
  if (names.includes("OPENAI_BACKGROUND") && env.OPENAI_BACKGROUND === "1" && env.OPENAI_API === "chat")
    faults.push('OPENAI_BACKGROUND needs OPENAI_API to be "responses": chat completions have no background mode.');
  if (faults.length > 0) throw misconfigured(faults.join(" "));
}

function isVariableName(name: string): name is VariableName {
  return Object.hasOwn(variables, name);
}
