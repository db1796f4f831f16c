import { authorization } from "@agent-transports/lab/clients";
import { AGENT_SEGMENT } from "@agent-transports/protocol";

const LIMIT_MS = 20_000;

/** Makes an agent's object. @throws Error where it does not answer */
export async function wakeAgent(url: URL, agent: string): Promise<void> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const response = await fetch(new URL(`/agents/${AGENT_SEGMENT}/${agent}`, url), { headers: authorization, signal });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`The agent answered ${response.status} to a GET.`);
}
