/** The shape of the Agents SDK's events. */
interface AgentEvent {
  readonly type: string;
  readonly agent?: string;
  readonly name?: string;
  readonly payload: Record<string, unknown>;
  readonly timestamp: number;
}

/** An agent, as far as its events name it. Its own type says that it takes the SDK's events alone; what it does with one goes by its `type`, whichever it is. */
interface Emitting {
  readonly name: string;
  readonly observability?: { emit(event: never): void } | undefined;
}

/** Tells an operator, through the SDK. */
export function emitOf(agent: Emitting, type: string, payload: AgentEvent["payload"]): void {
  const observability: { emit(event: AgentEvent): void } | undefined = agent.observability;
  observability?.emit({ type, payload, agent: agent.constructor.name, name: agent.name, timestamp: Date.now() });
}
