import { routeRequest, RunAgent, type Generation } from "@agent-transports/agent-worker";
import type { UIMessageChunk } from "ai";

interface Env extends Cloudflare.Env {
  readonly BinaryAgent: DurableObjectNamespace<BinaryAgent>;
}

/** An agent for the tests, whose parts are bytes: the prompt says which. */
export class BinaryAgent extends RunAgent<Env> {
  override async *generate(generation: Generation): AsyncGenerator<UIMessageChunk> {
    const [what, count = "1", size = "0"] = (generation.messages.at(-1)?.parts.find((part) => part.type === "text")?.text ?? "").split(" ");
    yield { type: "start" };
    if (what === "every") yield* every();
    if (what === "many") for (let n = 0; n < Number(count); n++) yield audio(filled(Number(size), n));
    if (what === "echo") yield* echo(generation, Number(count));
    if (what === "context")
      yield { type: "data-context", data: generation.messages.map(({ parts }) => parts.map(described)), transient: true };
    if (what === "faulty") yield { type: "data-audio", data: { $bytes: "A" } };
    yield { type: "finish" };
  }

  override onRequest(request: Request): Promise<Response> {
    // The crash of this one object: its storage is what was committed.
    if (new URL(request.url).pathname.endsWith("/crash")) this.ctx.abort("crash");
    return super.onRequest(request);
  }
}

function filled(size: number, n = 0): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index++) bytes[index] = index + n;
  return bytes;
}

function audio(data: unknown): UIMessageChunk {
  return { type: "data-audio", data, transient: true };
}

/** Whatever an author may give as bytes, and what only looks like them, between texts. */
async function* every(): AsyncGenerator<UIMessageChunk> {
  yield { type: "text-start", id: "0" };
  yield { type: "text-delta", id: "0", delta: "a" };
  yield { type: "data-audio", id: 'the "first"', data: filled(256) };
  yield audio(new Uint8Array());
  yield { type: "text-delta", id: "0", delta: "b" };
  yield audio(Buffer.from(filled(3)));
  yield audio(filled(10).buffer);
  yield audio(new Uint16Array(filled(10).buffer, 2, 2));
  yield { data: { $bytes: "AAEC" }, transient: true, type: "data-audio" };
  yield { type: "data-note", data: { data: { $bytes: "AAEC" } } };
  yield { type: "data-note", data: { $bytes: "AAEC", more: ',"data":{"$bytes":"' } };
  yield { type: "data-note", data: [{ $bytes: "AAEC" }] };
  yield { type: "data-note", data: '"}}' };
  yield { type: "text-end", id: "0" };
}

/** So many inputs, each as the part that it was given as. At most for as long as a test may run. */
async function* echo(generation: Generation, count: number): AsyncGenerator<UIMessageChunk> {
  let left = count;
  for (let n = 0; left > 0 && n < 3_000 && !generation.signal.aborted; n++) {
    for (const data of generation.takeInputs()) {
      left -= 1;
      yield { type: "data-echo", data, transient: true };
      yield { type: "data-kind", data: Object.prototype.toString.call(data), transient: true };
    }
    await scheduler.wait(10);
  }
}

/** What a part of the context is for the author. */
function described(part: { readonly type: string; readonly data?: unknown }): string {
  return part.data instanceof Uint8Array ? `${part.type}: ${part.data.length} bytes, ${part.data.join(" ").slice(0, 20)}` : part.type;
}

export default {
  fetch: (request, env) => routeRequest(request, env, env.BinaryAgent, { agent: "binary-agent" }),
} satisfies ExportedHandler<Env>;
