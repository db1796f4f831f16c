/** An agent whose answers are functions of their prompts, and whose log, crash and retention can be asked for from outside. */
import {
  createModel,
  generateWith,
  routeRequest,
  RunAgent,
  type Durability,
  type Generation,
  type Retention,
} from "@agent-transports/agent-worker";
import { getAgentByName } from "agents";
import type { UIMessageChunk } from "ai";
import { levelOf } from "../src/plan/level.ts";
import { chunksOf, type ReplySpec } from "../src/plan/reply.ts";
import type { Held, Ledger } from "../src/history/ledger.ts";

interface Env extends Cloudflare.Env {
  readonly ChaosAgent: DurableObjectNamespace<ChaosAgent>;
  readonly PROVIDER_URL: string;
  /** For so long ended runs are kept, in ms, and for as long what is known of deleted ones. Default: as the Agent has it. */
  readonly KEPT_MS?: string;
}

/** So many of an agent's newest runs are counted: so many it has at once, at most. */
const COUNTED = 8;
/**
 * How often the provider of each run was asked, by agent. It dies with the agent, as a provider does not: after a death it breaks again, which is
 * one more fault.
 */
const asked = new Map<string, Map<string, number>>();

export class ChaosAgent extends RunAgent<Env> {
  #expires = false;
  #goesOn = false;
  /** Of this object: an agent that was evicted has another when it wakes. */
  readonly #life = crypto.randomUUID();

  life(): string {
    return this.#life;
  }

  override durability(): Durability {
    const { level, windowMs } = levelOf(this.name);
    return level === "event" ? { level } : { level, windowMs };
  }

  override retention(): Partial<Retention> {
    const keptMs = Number(this.env.KEPT_MS);
    const kept = this.env.KEPT_MS === undefined ? {} : { maxAgeMs: keptMs, tombstoneMs: keptMs };
    return this.#expires ? { ...kept, maxAgeMs: 0 } : kept;
  }

  override async *generate(generation: Generation): AsyncGenerator<UIMessageChunk> {
    const spec = specOf(generation);
    if (spec.model !== null) {
      const OPENAI_API = spec.model === "chat" ? "chat" : "responses";
      const OPENAI_BACKGROUND = spec.model === "background" ? "1" : "0";
      const model = createModel({ OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: this.env.PROVIDER_URL, OPENAI_API, OPENAI_BACKGROUND });
      return yield* await generateWith(model, generation);
    }
    const counted = asked.get(this.name) ?? new Map<string, number>();
    const times = counted.get(generation.runId) ?? 0;
    asked.set(this.name, counted.set(generation.runId, times + 1));
    if (counted.size > COUNTED) counted.delete(counted.keys().next().value ?? "");
    const breakAt = spec.breaks[times];
    if (spec.replays) generation.keep?.({ replays: true });
    const chunks = generation.interrupted?.way === "continued" ? rest(spec, generation) : [...chunksOf(spec).entries()];
    for (const [index, chunk] of chunks) {
      while (index === spec.waitsAt && !this.#goesOn && !generation.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
      if (generation.signal.aborted || index === breakAt) return;
      if (spec.failsAt !== null && index >= spec.failsAt) throw new Error("The provider is gone for good.");
      if (spec.hears) for (const data of generation.takeInputs()) yield { type: "data-heard", data, transient: true };
      yield chunk;
      if (spec.everyMs > 0) await new Promise((resolve) => setTimeout(resolve, spec.everyMs));
    }
  }

  /** Its answers wait no longer. */
  goOn(): void {
    this.#goesOn = true;
  }

  /** What the agent's own SQLite holds: asked past the log's own readers. */
  ledger(run: string): Ledger {
    const { sql } = this.ctx.storage;
    const runs = sql.exec<{ id: string; state: string; epoch: string }>("SELECT id, state, epoch FROM transport_runs ORDER BY n").toArray();
    const of = "run = (SELECT n FROM transport_runs WHERE id = ?)";
    const rows = sql.exec<{ seq: number; count: number; chunks: string }>(
      `SELECT seq, count, chunks FROM transport_events WHERE ${of} ORDER BY seq`,
      run,
    );
    const inputs = sql.exec<{ key: string; seq: number }>(`SELECT input_key AS key, seq FROM transport_inputs WHERE ${of}`, run);
    return { runs, rows: rows.toArray(), inputs: inputs.toArray() };
  }

  /** What the agent holds, besides what it generates. */
  async held(): Promise<Held> {
    const { sql } = this.ctx.storage;
    // The runtime's own tables are closed to an agent.
    const tables = sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'",
    );
    const rows = tables.toArray().map(({ name }) => {
      const { count } = sql.exec<{ count: number }>(`SELECT COUNT(*) AS count FROM "${name}"`).one();
      return [name, count] as const;
    });
    const alarm = (await this.ctx.storage.getAlarm()) !== null;
    return { rows: Object.fromEntries(rows), alarm, sockets: this.ctx.getWebSockets().length };
  }

  /** As a crash of the runtime: streams break at once, and what was committed stays. */
  async crash(): Promise<void> {
    if (levelOf(this.name).forgets) {
      this.ctx.storage.sql.exec("UPDATE transport_events SET ahead = NULL");
      await this.ctx.storage.sync();
    }
    this.ctx.abort("chaos");
  }

  async expire(): Promise<void> {
    this.#expires = true;
    try {
      await this.expireRuns();
    } finally {
      this.#expires = false;
    }
  }
}

function specOf({ messages }: Generation): ReplySpec {
  const text = messages[0]?.parts.find((part) => part.type === "text")?.text ?? "";
  // Behind it, the provider finds which reply is meant.
  const spec: ReplySpec = JSON.parse(text.slice(0, text.lastIndexOf("}") + 1));
  return spec;
}

/** The same text from where the log's ends, each chunk with its place in the whole. */
function rest(spec: ReplySpec, { interrupted }: Generation): readonly (readonly [number, UIMessageChunk])[] {
  const steps = interrupted?.steps ?? [];
  const said = steps.flatMap(({ texts }) => texts.map(({ text }) => text)).join("");
  const chunks = chunksOf(spec);
  if (steps.at(-1)?.finished === true) return [[chunks.length - 1, { type: "finish" }]];
  const whole = chunks.map((chunk) => (chunk.type === "text-delta" ? chunk.delta : "")).join("");
  if (!whole.startsWith(said)) throw new Error("The log holds a text that was never said.");
  let skip = said.length;
  return chunks.flatMap((chunk, index): (readonly [number, UIMessageChunk])[] => {
    if (chunk.type !== "text-delta") return [[index, chunk]];
    const delta = chunk.delta.slice(skip);
    skip = Math.max(0, skip - chunk.delta.length);
    return delta === "" ? [] : [[index, { ...chunk, delta }]];
  });
}

async function control(request: Request, env: Env, name: string, what: string): Promise<Response> {
  if (what === "now") return new Response(String(Date.now()));
  const agent = await getAgentByName<Env, ChaosAgent>(env.ChaosAgent, name);
  if (what === "ledger") return Response.json(await agent.ledger(new URL(request.url).searchParams.get("run") ?? ""));
  if (what === "life") return new Response(await agent.life());
  if (what === "held") return Response.json(await agent.held());
  if (what === "expire" || what === "go") {
    await (what === "go" ? agent.goOn() : agent.expire());
    return new Response(null, { status: 204 });
  }
  if (what !== "crash") return new Response("No such control.", { status: 404 });
  try {
    await agent.crash();
  } catch (error) {
    // Whoever calls an object that dies is told so.
    return new Response(String(error), { status: 202 });
  }
  return new Response("It lives.", { status: 500 });
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    const [, name, what] = /^\/control\/([^/]+)\/([a-z]+)$/.exec(pathname) ?? [];
    if (name !== undefined && what !== undefined) return control(request, env, name, what);
    return routeRequest(request, env, env.ChaosAgent, {
      agent: "chaos-agent",
      // Credentials say for how long they hold, from when they are shown: on a slow line they would be over before.
      authorize: ({ request: { url } }) => {
        const life = new URL(url).searchParams.get("life");
        return { subject: "chaos", ...(life !== null && { expiresAt: Date.now() + Number(life) }) };
      },
    });
  },
} satisfies ExportedHandler<Env>;
