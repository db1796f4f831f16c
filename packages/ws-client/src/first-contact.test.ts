import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { createChatTransport } from "./ai.ts";

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

it(
  "a question that is asked again fails by a try of its own, and not by one before it, where connect() still tries",
  { timeout: 30_000 },
  async () => {
    let tries = 0;
    class CountedSocket extends WebSocket {
      constructor(url: string | URL) {
        super(url);
        tries += 1;
      }
    }
    const transport = createChatTransport({
      url: `http://127.0.0.1:${await deadPort()}`,
      name: "n",
      retry: { baseMs: 400, capMs: 400 },
      onError: () => undefined,
      WebSocket: CountedSocket,
    });
    try {
      // The socket is wanted, whoever asks and gives up.
      transport.connect().catch(() => undefined);
      const ask = (): Promise<unknown> =>
        transport.sendMessages({
          trigger: "submit-message",
          chatId: "chat",
          messageId: undefined,
          messages: [{ id: "u1", role: "user", parts: [{ type: "text", text: "Hello." }] }],
          abortSignal: undefined,
        });
      await expect(ask()).rejects.toMatchObject({ code: "never_connected" });
      const before = tries;
      await expect(ask()).rejects.toMatchObject({ code: "never_connected" });
      expect(tries).toBeGreaterThan(before);
    } finally {
      transport.close();
    }
  },
);
