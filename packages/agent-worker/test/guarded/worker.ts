import { subscribe } from "node:diagnostics_channel";
import {
  createModel,
  generateWith,
  routeRequest,
  RunAgent,
  type Authorize,
  type Generation,
  type Grant,
  type ModelEnv,
} from "@agent-transports/agent-worker";
import { tool, type UIMessageChunk } from "ai";
import { z } from "zod";

/** An agent for the tests: whoever asks brings their grant in the token, and the prompt says what the model does. */
interface Env extends ModelEnv {
  readonly GuardedAgent: DurableObjectNamespace<GuardedAgent>;
  readonly TICKET_LIFETIME_MS?: string;
}

const observed: unknown[] = [];
subscribe("agents:lifecycle", (event) => observed.push(event));

export class GuardedAgent extends RunAgent<Env> {
  /** Another one each time that the object comes to life. */
  readonly #life: string = crypto.randomUUID();

  override generate(generation: Generation): AsyncIterable<UIMessageChunk> | Promise<AsyncIterable<UIMessageChunk>> {
    const text = generation.messages.at(-1)?.parts.find((part) => part.type === "text")?.text ?? "";
    if (!text.startsWith("model")) return say(text, generation.signal);
    const broken = tool({
      description: "Fails.",
      inputSchema: z.object({}),
      execute: (): string => {
        throw new Error(`${text}\n    at ${text}`);
      },
    });
    return generateWith(createModel(this.env), generation, { tools: { broken }, maxRetries: 0, timeout: 1_000 });
  }

  override onRequest(request: Request): Promise<Response> {
    // The crash of this one object: its storage is what was committed.
    if (new URL(request.url).pathname.endsWith("/crash")) this.ctx.abort("crash");
    if (new URL(request.url).pathname.endsWith("/life")) return Promise.resolve(new Response(this.#life));
    return super.onRequest(request);
  }
}

async function* say(text: string, signal: AbortSignal): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  yield { type: "text-start", id: "0" };
  yield { type: "text-delta", id: "0", delta: text };
  if (text.startsWith("throw")) throw new Error(`${text}\n    at ${text} (${text}:1:1)`);
  // Until it is cancelled, and at most for as long as a test may run.
  for (let n = 0; text.startsWith("wait") && n < 3_000 && !signal.aborted; n++) {
    await scheduler.wait(10);
    if (n % 5 === 0) yield { type: "text-delta", id: "0", delta: `${n} ` };
  }
  yield { type: "text-end", id: "0" };
  yield { type: "finish" };
}

/** A token is its own grant, in base64url: nobody outside a test would do that. */
const authorize: Authorize = ({ token }) => {
  if (token === undefined || token === "wrong") return undefined;
  if (token.startsWith("throw")) throw new Error(`The hook failed on ${token}.`);
  const grant: Grant = JSON.parse(Buffer.from(token, "base64url").toString());
  return grant;
};

export default {
  fetch(request, env) {
    if (new URL(request.url).pathname === "/observed") return Response.json(observed.splice(0));
    return routeRequest(request, env, env.GuardedAgent, {
      agent: "guarded-agent",
      authorize,
      tickets: { secret: "a secret of the tests, long enough", lifetimeMs: Number(env.TICKET_LIFETIME_MS ?? 30_000) },
    });
  },
} satisfies ExportedHandler<Env>;
