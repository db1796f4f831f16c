import { expect, it } from "vitest";
import { createChatTransport } from "./ai.ts";

/** Nobody listens there, and no test is given that port. */
const nowhere = "http://127.0.0.1:2";

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
      url: nowhere,
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
