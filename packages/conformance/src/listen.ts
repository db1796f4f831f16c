import type { Server } from "node:net";

/** Listens on a free port of loopback. @returns where, as an HTTP URL */
export async function listen(server: Server): Promise<URL> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The server's address has no port: it is not a TCP server.");
  return new URL(`http://127.0.0.1:${address.port}`);
}
