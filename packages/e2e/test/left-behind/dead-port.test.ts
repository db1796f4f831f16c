/** A program whose agent is not there ends: of a question that was stopped, nothing goes on behind `close()`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, it } from "vitest";

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const program = (client: string, port: number): string => `
  import { createChatTransport } from "@agent-transports/${client}/ai";
  const chat = createChatTransport({ url: "http://127.0.0.1:${port}", onError: () => undefined });
  const abort = new AbortController();
  const asked = chat.sendMessages({
    chatId: "chat",
    trigger: "submit-message",
    messages: [{ id: "u1", role: "user", parts: [{ type: "text", text: "Hello." }] }],
    abortSignal: abort.signal,
  });
  setTimeout(() => abort.abort(), 10);
  await asked.catch(({ name }) => console.log(name));
  chat.close();
`;

it.each(["sse-client", "ws-client"])(
  "a question to a dead port that is stopped lets its process end, over %s",
  { timeout: 30_000 },
  async (client) => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program(client, await deadPort())], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 15_000,
      killSignal: "SIGKILL",
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    expect([...(await once(child, "close")), said]).toEqual([0, null, "AbortError\n"]);
  },
);
