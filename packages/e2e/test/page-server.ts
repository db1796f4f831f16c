import { createServer } from "node:http";
import { listen } from "@agent-transports/lab/listen";
import { build, type Plugin } from "esbuild";

export { launchChromium } from "@agent-transports/lab/browser";

/** A server of one page, on loopback: every path but that of its script is the page. */
export interface PageServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** @param script the path of its source, which is bundled */
export async function startPageServer(script: string, plugins: readonly Plugin[] = []): Promise<PageServer> {
  const { outputFiles } = await build({
    entryPoints: [script],
    bundle: true,
    write: false,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"' },
    plugins: [...plugins],
  });
  return servePage(outputFiles[0]?.text ?? "");
}

/** A page with one script, whose root has the id `root`. */
export async function servePage(script: string): Promise<PageServer> {
  const server = createServer(({ url }, response) => {
    if (url === "/page.js") response.writeHead(200, { "Content-Type": "text/javascript" }).end(script);
    else
      response.writeHead(200, { "Content-Type": "text/html" }).end('<div id="root"></div><script type="module" src="/page.js"></script>');
  });
  const port = await listen(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
