import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { firefoxPath } from "../tools.ts";

/** A machine that is busy starts it in some seconds. */
const START_LIMIT_MS = 30_000;

/** One tab of a Firefox as Debian ships it. */
export interface FirefoxTab {
  /** What the page printed as a warning or an error, and what it threw. */
  readonly faults: readonly string[];
  /** Resolves once the document is loaded. */
  open(url: string): Promise<void>;
  /** The value of an expression in the page, which JSON must be able to say. */
  evaluate(expression: string): Promise<unknown>;
  /** Ends Firefox. */
  close(): Promise<void>;
}

/** By WebDriver BiDi itself: Playwright 1.65 asks for a command (`emulation.setMediaFeaturesOverride`) that Firefox ESR 153 does not know. @throws Error where it does not start */
export async function openFirefox(): Promise<FirefoxTab> {
  const profile = await mkdtemp(join(tmpdir(), "firefox-"));
  const program = spawn(firefoxPath(), ["--headless", "--remote-debugging-port=0", "--no-remote", "--profile", profile], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: "1" },
  });
  const ended = once(program, "exit");
  const end = async (): Promise<void> => {
    program.kill("SIGTERM");
    // Where it did not start, there is nothing that ends.
    await ended.catch(() => undefined);
    // A process of it may still write there.
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const url = await new Promise<string>((resolve, reject) => {
      createInterface(program.stderr).on("line", (line) => {
        const found = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1];
        if (found !== undefined) resolve(`${found}/session`);
      });
      program.once("error", reject).once("exit", (code) => reject(new Error(`Firefox ended with ${code}.`)));
      setTimeout(() => reject(new Error(`Firefox did not start within ${START_LIMIT_MS / 1_000} s.`)), START_LIMIT_MS).unref();
    });
    const session = await Session.open(url);
    await session.send("session.new", { capabilities: {} });
    await session.send("session.subscribe", { events: ["log.entryAdded"] });
    const { context } = await session.send("browsingContext.create", { type: "tab" });
    return {
      faults: session.faults,
      async open(url) {
        await session.send("browsingContext.navigate", { context, url, wait: "complete" });
      },
      async evaluate(expression) {
        const { result, exceptionDetails } = await session.send("script.evaluate", {
          expression: `Promise.resolve(${expression}).then(JSON.stringify)`,
          target: { context },
          awaitPromise: true,
        });
        const { text }: { text?: unknown } = Object(exceptionDetails);
        if (exceptionDetails !== undefined) throw new Error(`The page threw: ${String(text)}`);
        const { value }: { value?: unknown } = Object(result);
        if (typeof value !== "string") throw new Error(`Firefox has no value for this: ${expression}`);
        return JSON.parse(value);
      },
      async close() {
        session.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

interface Message {
  readonly id?: number | null;
  readonly type: string;
  readonly method?: string;
  readonly params?: { readonly level?: string; readonly text?: string | null };
  readonly result?: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** Commands and their answers, https://www.w3.org/TR/webdriver-bidi/. */
class Session {
  readonly faults: string[] = [];
  readonly #socket: WebSocket;
  #nextId = 1;
  readonly #waiting = new Map<number, PromiseWithResolvers<Readonly<Record<string, unknown>>>>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      if (Buffer.isBuffer(data)) this.#take(JSON.parse(data.toString()));
    });
    let cause: Error | undefined;
    // An error closes it.
    socket.on("error", (error) => (cause = error));
    socket.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("Firefox has closed its session.", { cause }));
    });
  }

  static async open(url: string): Promise<Session> {
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new Session(socket);
  }

  send(method: string, params: object): Promise<Readonly<Record<string, unknown>>> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error("Firefox has closed its session."));
    const id = this.#nextId++;
    const answer = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  close(): void {
    this.#socket.close();
  }

  #take({ id, type, method, params, result, message }: Message): void {
    if (method === "log.entryAdded" && (params?.level === "error" || params?.level === "warn")) this.faults.push(params.text ?? "");
    const answer = typeof id === "number" ? this.#waiting.get(id) : undefined;
    if (answer === undefined || typeof id !== "number") return;
    this.#waiting.delete(id);
    if (type === "success") answer.resolve(result ?? {});
    else answer.reject(new Error(`Firefox: ${message ?? type}`));
  }
}
