import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient } from "@agent-transports/sse-client";

/** What the guarded Worker asks for. */
export const TOKEN = "a-token-that-nobody-can-guess";
export const authorization: Readonly<Record<string, string>> = { Authorization: `Bearer ${TOKEN}` };

const vars = { SCRIPTED_TOKENS_PER_SECOND: "100" };

export function startOpen(): Promise<WorkerHost> {
  return startWorker({ vars });
}

/** With a token, and with tickets. */
export function startGuarded(): Promise<WorkerHost> {
  return startWorker({ vars: { ...vars, AGENT_TOKENS: `me=${TOKEN}`, TICKET_SECRET: "what the tickets are signed with, long enough" } });
}

export interface LoggedRun {
  readonly id: string;
  readonly state: string;
  /** By the log. */
  readonly text: string;
}

/** The newest run of an agent, followed to its end. */
export async function newest(at: URL, name = "demo", headers: Readonly<Record<string, string>> = {}): Promise<LoggedRun> {
  const [id = ""] = await runIds(at, name, headers);
  const run = createSseClient({ url: at, name, headers }).resume(id);
  let text = "";
  for await (const { data } of run) if (data.type === "text-delta") text += data.delta;
  return { id, state: run.end?.state ?? "", text };
}

/** Newest first. */
export async function runIds(at: URL, name = "demo", headers: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const response = await fetch(new URL(`/agents/transport-agent/${name}/runs`, at), { headers });
  return ((await response.json()) as { runs: { id: string }[] }).runs.map(({ id }) => id);
}

/** What an agent is busy with now. */
export async function live(at: URL, name = "demo"): Promise<{ readonly runs: number; readonly readers: number; readonly sockets: number }> {
  const response = await fetch(new URL(`/agents/transport-agent/${name}`, at));
  return ((await response.json()) as { live: { runs: number; readers: number; sockets: number } }).live;
}
