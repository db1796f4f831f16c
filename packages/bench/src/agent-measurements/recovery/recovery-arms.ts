import { setTimeout as pause } from "node:timers/promises";
import type { TransportClient, Run } from "@agent-transports/client-core";
import { openChatPage } from "@agent-transports/peers/chat-page";
import { createWsClient } from "@agent-transports/ws-client";

/** How an answer ended, by what the client says. */
export type Ending =
  | "finished"
  /** The client says that something went wrong. */
  | "told"
  /** The client says nothing of it. */
  | "silent";

/** What a person has open. */
export interface Page {
  /** What leads back to the answer, where the agent's name alone does not. */
  readonly handle: () => string | undefined;
  ask(prompt: string): void;
  /** As of now. `undefined` where the client says that more may come. */
  readonly ending: () => Ending | undefined;
  /** Whether {@link ending} is the client's last word. */
  readonly isOver: () => boolean;
  close(): void;
}

/** An Agent and its own client, whose Agent is killed. */
export interface RecoveryArm {
  readonly id: string;
  readonly label: string;
  /** Of its Agent, in the URL. */
  readonly segment: string;
  /** @param handle of an earlier page, where one comes back. @param show is given all that is displayed of the answer, each time that it changes */
  open(base: URL, agent: string, show: (text: string) => void, handle?: string): Promise<Page>;
  /** The answer as it is kept: what a page that is loaded now shows at once. */
  load(base: URL, agent: string, handle: string | undefined): Promise<string>;
}

/** In the order of the tables. */
export const recoveryArms: readonly RecoveryArm[] = [
  aiChat(),
  ours("ours-off", "ours, RECOVERY=off", "our-ending-agent"),
  ours("ours-continued", "ours, continued by its model", "our-agent"),
  ours("ours-replayed", "ours, streamed again by its provider", "our-background-agent"),
];

/** Ours over WebSocket, with `ws-client` and its defaults. */
function ours(id: string, label: string, segment: string): RecoveryArm {
  const connect = (base: URL, name: string): TransportClient => createWsClient({ url: base, agent: segment, name });
  return {
    id,
    label,
    segment,
    async open(base, agent, show, handle) {
      const client = connect(base, agent);
      await client.connect();
      let run = handle === undefined ? undefined : client.resume(handle);
      let failed = false;
      const follow = (followed: Run): void => {
        read(followed, show).catch(() => (failed = true));
      };
      if (run !== undefined) follow(run);
      const ending = (): Ending | undefined => {
        if (failed) return "told";
        if (run?.end === undefined) return undefined;
        return run.end.state === "finished" ? "finished" : "told";
      };
      return {
        handle: () => run?.id,
        ask(prompt) {
          run = client.start({ prompt });
          follow(run);
        },
        ending,
        isOver: () => ending() !== undefined,
        close: () => client.close(),
      };
    },
    async load(base, agent, handle) {
      if (handle === undefined) return "";
      using client = connect(base, agent);
      let text = "";
      await read(client.resume(handle), (shown) => (text = shown));
      return text;
    },
  };
}

async function read(run: Run, show: (text: string) => void): Promise<void> {
  let text = "";
  for await (const { data } of run) {
    if (data.type !== "text-delta") continue;
    text += data.delta;
    show(text);
  }
}

/** `AIChatAgent` with its defaults, and the page that its documents have one write. */
function aiChat(): RecoveryArm {
  const segment = "chat-agent";
  return {
    id: "ai-chat",
    label: "AIChatAgent",
    segment,
    async open(base, agent, show) {
      let busy = false;
      let error: string | undefined;
      const page = openChatPage(base, segment, agent, (shown) => {
        busy = shown.busy;
        error = shown.error;
        show(shown.text);
      });
      await page.loaded;
      return {
        handle: () => undefined,
        ask: (prompt) => page.ask(prompt),
        ending() {
          if (busy) return undefined;
          return error === undefined ? "silent" : "told";
        },
        // It is idle before a recovery begins, too.
        isOver: () => false,
        close: () => page.close(),
      };
    },
    async load(base, agent) {
      let text = "";
      const page = openChatPage(base, segment, agent, (shown) => (text = shown.text));
      await page.loaded;
      // It asks whether an answer is being written, and would show one.
      await pause(LOADED_MS);
      page.close();
      return text;
    },
  };
}

const LOADED_MS = 1_000;
