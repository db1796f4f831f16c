import { routeRequest, RunAgent, type Durability, type Generation, type RoutingEnv } from "@agent-transports/agent-worker";
import type { AgentContext } from "agents";
import type { UIMessageChunk } from "ai";

interface Env extends RoutingEnv {
  readonly FullAgent: DurableObjectNamespace<FullAgent>;
  /** Pages of SQLite that an agent may have. */
  readonly PAGES: string;
}

/** What the runtime has for its own tests. */
interface LimitedSql extends SqlStorage {
  setMaxPageCountForTest(pages: number): void;
}

let lives = 0;

/** An agent whose storage has an end that a test reaches. */
export class FullAgent extends RunAgent<Env> {
  constructor(ctx: AgentContext, env: Env) {
    super(ctx, env);
    lives += 1;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Its types leave this out.
    (ctx.storage.sql as LimitedSql).setMaxPageCountForTest(Number(env.PAGES));
  }

  /** A row of the author's own in each life, as `schedule` writes one: so large that it needs new pages. */
  override onStart(): void {
    this.#write();
  }

  #write(): void {
    void this.sql`CREATE TABLE IF NOT EXISTS of_the_author (life TEXT)`;
    void this.sql`INSERT INTO of_the_author VALUES (${"x".repeat(10_000)})`;
  }

  override durability(): Durability {
    return { level: "event" };
  }

  override async onRequest(request: Request): Promise<Response> {
    // Each row for good: the runtime takes back only what the last turn wrote.
    for (; request.method === "PUT"; await this.ctx.storage.sync()) this.#write();
    if (new URL(request.url).pathname.endsWith("/size")) return Response.json({ lives, bytes: this.ctx.storage.sql.databaseSize });
    return super.onRequest(request);
  }

  /** Six pieces of 10,000 characters, from the first on also where it goes on with an answer. */
  override async *generate({ runId, signal }: Generation): AsyncGenerator<UIMessageChunk> {
    yield { type: "start" };
    yield { type: "start-step" };
    yield { type: "text-start", id: "0" };
    for (let n = 0; n < 6 && !signal.aborted; n++) {
      await scheduler.wait(5);
      yield { type: "text-delta", id: "0", delta: `${runId} ${n} `.repeat(1_000).slice(0, 10_000) };
    }
    yield { type: "text-end", id: "0" };
    yield { type: "finish-step" };
    yield { type: "finish" };
  }
}

export default {
  fetch: (request, env) => routeRequest(request, env, env.FullAgent, { agent: "full-agent" }),
} satisfies ExportedHandler<Env>;
