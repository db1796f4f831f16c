import { authorization } from "@agent-transports/lab/clients";
import { AGENT_SEGMENT } from "@agent-transports/protocol";
import { messageOf, UsageError } from "../usage/errors.ts";

/** A Worker that wakes its first object on the other side of the world answers within two seconds, and one on a busy machine later. */
const ANSWER_LIMIT_MS = 30_000;

interface Asked {
  /** The agent's URL segment. Default: that of this repository's Agent. */
  readonly agent?: string | undefined;
  readonly limitMs?: number;
}

/**
 * Asks a deployment for a list of runs, which starts none and costs nothing, so that a wrong URL or token is found at once and not by every run.
 *
 * @throws UsageError with the URL and what came instead
 */
export async function assertAgentAt(url: URL, { agent = AGENT_SEGMENT, limitMs = ANSWER_LIMIT_MS }: Asked = {}): Promise<void> {
  const runs = new URL(`/agents/${agent}/bench/runs`, url);
  let response: Response;
  try {
    response = await fetch(runs, { headers: authorization, signal: AbortSignal.timeout(limitMs) });
    await response.body?.cancel();
  } catch (error) {
    throw new UsageError(`Nothing answers at ${url.href}: ${reasonOf(error, limitMs)}. Is the Agent running there?`, { cause: error });
  }
  const { status } = response;
  if (status === 401) {
    throw new UsageError(`The Agent at ${url.href} asks for credentials: put a valid bearer token into AGENT_TOKEN.`);
  }
  // Anything that an Agent says to somebody who may not list runs, or not now, is an Agent's answer.
  if (status === 403 || status === 429 || status === 503) return;
  if (!response.ok || !/^application\/json\b/i.test(response.headers.get("Content-Type") ?? "")) {
    throw new UsageError(`No Agent of this project is at ${url.href}: GET ${runs.pathname} was answered with ${status}.`);
  }
}

/** `fetch` says only that it failed; why is the cause. */
function reasonOf(error: unknown, limitMs: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no answer within ${limitMs / 1000} s`;
  return messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
}
