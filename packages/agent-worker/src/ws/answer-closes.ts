import type { DurableObject } from "cloudflare:workers";

/** RFC 6455 §7.1.5: what is told of a close frame without a code, as a client's `close()` sends one. */
const NO_STATUS_RECEIVED = 1005;

/**
 * Answers a close frame that has no code. The SDK answers those with a code only, and the runtime none on a socket that may sleep. Until this object
 * sleeps, its client would wait, and its connection would stay: with permessage-deflate that is a quarter of a megabyte.
 */
export function answerCloses(agent: DurableObject): void {
  const webSocketClose = agent.webSocketClose?.bind(agent);
  // The SDK's own cannot be assigned to.
  Object.defineProperty(agent, "webSocketClose", {
    async value(...given: Parameters<NonNullable<DurableObject["webSocketClose"]>>) {
      const [socket, code] = given;
      try {
        await webSocketClose?.(...given);
      } finally {
        if (code === NO_STATUS_RECEIVED) socket.close();
      }
    },
    configurable: true,
  });
}
