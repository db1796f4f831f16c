/**
 * The real Chat, and the types, of the versions of the AI SDK that bound the clients' peer range: the oldest of each major, and today's.
 *
 * The transports import nothing of `ai`, so that what can differ is what its Chat does with them. The hook itself is tested in Chromium, with today's version.
 */
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startScriptedServer, type ScriptedServer } from "@agent-transports/conformance";
import type { RunChunk } from "@agent-transports/protocol";
import { createChatTransport as overSse } from "@agent-transports/sse-client/ai";
import { createChatTransport as overWs } from "@agent-transports/ws-client/ai";
import type * as AiSdk from "ai";
import type { AbstractChat, ChatState, UIMessage } from "ai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compile } from "../tsc.ts";

const versions = ["ai", "ai-7-oldest", "ai-6-oldest", "ai-5-oldest"] as const;
const transports = { sse: overSse, ws: overWs } as const;
type Transport = ReturnType<typeof overSse>;

class PlainState implements ChatState<UIMessage> {
  status: ChatState<UIMessage>["status"] = "ready";
  error: Error | undefined;
  messages: UIMessage[];

  constructor(messages: readonly UIMessage[]) {
    this.messages = [...messages];
  }

  pushMessage = (message: UIMessage): void => void (this.messages = [...this.messages, message]);
  popMessage = (): void => void (this.messages = this.messages.slice(0, -1));
  replaceMessage = (index: number, message: UIMessage): void => {
    this.messages = this.messages.with(index, structuredClone(message));
  };
  snapshot = structuredClone;
}

const question: UIMessage = { id: "u1", role: "user", parts: [{ type: "text", text: "Hello" }] };
const words = ["one ", "two ", "three ", "four "];
const text = words.join("");
const end = { type: "data-run-end", data: { state: "finished" }, transient: true } as const;

function answer(id: string, ...before: RunChunk[]): { readonly id: string; readonly epoch: string; readonly chunks: readonly RunChunk[] } {
  const said = words.map((delta) => ({ type: "text-delta" as const, id: "0", delta }));
  const whole: RunChunk[] = [{ type: "text-start", id: "0" }, ...said, { type: "text-end", id: "0" }, { type: "finish" }, end];
  return { id, epoch: "ep", chunks: [{ type: "start" }, ...before, ...whole] };
}

describe.each(versions)("the Chat of %s", (version) => {
  describe.each(["sse", "ws"] as const)("over %s", (name) => {
    let server: ScriptedServer;
    let items: Map<string, string>;
    let transport: Transport;
    beforeEach(async () => {
      server = await startScriptedServer();
      items = new Map();
      transport = reload();
    });
    afterEach(async () => {
      transport.close();
      await server.close();
    });

    /** What a page makes after a reload. */
    function reload(): Transport {
      const storage = {
        getItem: (key: string) => items.get(key) ?? null,
        setItem: (key: string, value: string) => void items.set(key, value),
        removeItem: (key: string) => void items.delete(key),
      };
      return transports[name]({ url: server.url, storage, retry: { baseMs: 5, capMs: 20 } });
    }

    async function open(messages: readonly UIMessage[] = []): Promise<AbstractChat<UIMessage>> {
      // Typed as today's: that each version takes the transport is what the compiler is asked below.
      const { AbstractChat } = (await import(version)) as typeof AiSdk;
      class PlainChat extends AbstractChat<UIMessage> {}
      return new PlainChat({ id: "chat", transport, state: new PlainState(messages) });
    }

    const said = ({ messages }: AbstractChat<UIMessage>): string[] =>
      messages.map(({ parts }) =>
        parts.map((part) => (part.type === "text" ? part.text : part.type === "step-start" ? "" : part.type)).join(""),
      );

    async function until(chat: AbstractChat<UIMessage>, word: string): Promise<void> {
      await expect.poll(() => said(chat).at(-1), { interval: 2, timeout: 30_000 }).toContain(word);
    }

    /** A chat whose page went away in the middle of an answer. */
    async function leftInTheMiddle(): Promise<UIMessage[]> {
      await server.runs(answer("r"));
      await server.plan([{ send: [1, 4] }, "hold"]);
      const left = await open();
      void left.sendMessage(question);
      await until(left, "two");
      transport = reload();
      return left.messages;
    }

    it("shows an answer whose connection was cut completely and once", async () => {
      await server.runs(answer("r"));
      await server.plan([{ send: [1, 4] }, { cut: "reset" }]);
      const chat = await open();
      await chat.sendMessage(question);
      expect({ said: said(chat), status: chat.status, items: items.size }).toEqual({ said: ["Hello", text], status: "ready", items: 0 });
    });

    it.each(["the question was saved", "part of the answer was saved too"])("resumes an answer after a reload, when %s", async (what) => {
      const messages = await leftInTheMiddle();
      const chat = await open(what.startsWith("part") ? messages : [question]);
      await chat.resumeStream();
      expect({ said: said(chat), status: chat.status, items: items.size }).toEqual({ said: ["Hello", text], status: "ready", items: 0 });
    });

    it("does not treat a second resume, as in React's StrictMode, as a stop", async () => {
      await leftInTheMiddle();
      const chat = await open([question]);
      await Promise.all([chat.resumeStream(), chat.resumeStream()]);
      expect(said(chat)).toEqual(["Hello", text]);
      const [first, second] = [chat.stop(), chat.resumeStream()];
      await Promise.all([first, second]);
      expect(await server.cancelled()).toEqual([]);
    });

    it("cancels the run that it reads when it is stopped, also a resumed one", async () => {
      await leftInTheMiddle();
      await server.plan([{ send: [1, 4] }, "hold"]);
      const chat = await open([question]);
      const resumed = chat.resumeStream();
      await until(chat, "two");
      await chat.stop();
      await resumed;
      await expect.poll(() => server.cancelled()).toEqual(["r"]);
      expect(chat.status).toBe("ready");
    });

    it("cancels a run that is stopped while it resumes, before the first event", async () => {
      await leftInTheMiddle();
      await server.plan(["hold"]);
      const chat = await open([question]);
      const resumed = chat.resumeStream();
      await server.askedAt(1);
      await chat.stop();
      await resumed;
      await expect.poll(() => server.cancelled()).toEqual(["r"]);
      expect(chat.status).toBe("ready");
    });

    it("continues a message after its tool's output, also after a reload in the middle", async () => {
      const called: UIMessage = {
        id: "a1",
        role: "assistant",
        parts: [
          { type: "step-start" },
          { type: "tool-clock", toolCallId: "c", state: "output-available", input: { zone: "UTC" }, output: 12 },
        ],
      };
      await server.runs(answer("r", { type: "start-step" }));
      await server.plan([{ send: [1, 5] }, "hold"]);
      const left = await open([question, called]);
      void left.sendMessage();
      await until(left, "two");
      transport = reload();
      const chat = await open(left.messages);
      await chat.resumeStream();
      expect(said(chat)).toEqual(["Hello", `tool-clock${text}`]);
      expect(chat.messages[1]?.parts[1]).toMatchObject({ toolCallId: "c", state: "output-available", input: { zone: "UTC" }, output: 12 });
    });

    it("shows why a run failed, and asks again", async () => {
      const error = { code: "interrupted", message: "The agent was restarted." };
      const failed = { id: "f", epoch: "ep", chunks: [{ type: "start" }, { ...end, data: { state: "interrupted", error } }] } as const;
      await server.runs(failed, answer("r"));
      const chat = await open();
      await chat.sendMessage(question);
      expect({ status: chat.status, error: chat.error?.message }).toEqual({ status: "error", error: error.message });
      await chat.regenerate();
      expect({ status: chat.status, said: said(chat) }).toEqual({ status: "ready", said: ["Hello", text] });
    });
  });
});

const packages = join(import.meta.dirname, "../../..");

const application = `
import type { ChatTransport, UIMessage } from "ai";
import { createChatTransport as overSse, type AgentChatTransport } from "@agent-transports/sse-client/ai";
import { createChatTransport as overWs } from "@agent-transports/ws-client/ai";
type Mine = UIMessage<{ readonly model: string }, { order: { readonly status: string } }>;
const agent = { url: "https://agent.example" };
export const transports: readonly ChatTransport<UIMessage>[] = [overSse(agent), overWs(agent)];
export const mine: readonly ChatTransport<Mine>[] = [overSse<Mine>(agent), overWs<Mine>(agent)];
export const own: AgentChatTransport<Mine> = overSse<Mine>(agent);
`;

it.each(versions)("the types of %s accept the transports", { timeout: 90_000 }, async (version) => {
  const folder = await mkdtemp(join(tmpdir(), "ai-types-"));
  try {
    for (const name of ["protocol", "client-core", "sse-client", "ws-client"]) {
      // Copied, because what they import is looked for from where they are.
      const to = join(folder, "node_modules/@agent-transports", name);
      await mkdir(to, { recursive: true });
      await cp(join(packages, name, "dist"), join(to, "dist"), { recursive: true });
      await cp(join(packages, name, "package.json"), join(to, "package.json"));
    }
    await symlink(await realpath(join(packages, "e2e/node_modules", version)), join(folder, "node_modules/ai"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(folder, "chat.ts"), application);
    const lib = ["es2023", "dom", "dom.iterable"];
    const options = { target: "es2022", module: "nodenext", lib, types: [], noEmit: true, skipLibCheck: false, skipDefaultLibCheck: true };
    const errors = await compile("7", folder, ["chat.ts"], options);
    // The AI SDK's own declarations need packages that it does not bring along.
    expect(errors.filter(({ file }) => file === "chat.ts" || file.includes("@agent-transports"))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("the peer range of packages that import the AI SDK's types starts with these versions", async () => {
  const oldest = await Promise.all(
    ["ai-5-oldest", "ai-6-oldest", "ai-7-oldest"].map(async (name) => {
      const { version } = JSON.parse(await readFile(join(packages, "e2e/node_modules", name, "package.json"), "utf8")) as {
        version: string;
      };
      return `^${version}`;
    }),
  );
  for (const name of ["client-core", "sse-client", "ws-client", "conformance"]) {
    const { peerDependencies } = JSON.parse(await readFile(join(packages, name, "package.json"), "utf8")) as {
      readonly peerDependencies: { readonly ai: string };
    };
    expect(peerDependencies.ai).toBe(oldest.join(" || "));
  }
});
