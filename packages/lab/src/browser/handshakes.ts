import type { Page } from "playwright-core";

/**
 * The statuses with which the WebSockets of a page open from now on, in order, as Chromium has them: 101 over HTTP/1.1 (RFC 6455 §4.2.2), 200 over
 * HTTP/2 (RFC 8441 §5). A page itself is not told over what its WebSocket goes. Chromium then reports all of the page's traffic, which costs it time: a
 * block that is measured asks before or after.
 */
export async function watchHandshakes(page: Page): Promise<readonly number[]> {
  const statuses: number[] = [];
  const session = await page.context().newCDPSession(page);
  session.on("Network.webSocketHandshakeResponseReceived", ({ response }) => statuses.push(response.status));
  await session.send("Network.enable");
  return statuses;
}
