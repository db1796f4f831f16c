import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Control } from "./control.ts";

const LEDGER = { runs: [{ id: "r", state: "finished", epoch: "e" }], rows: [], inputs: [] };
let server: Server;
let asked = 0;

beforeEach(async () => {
  asked = 0;
  server = createServer((_request, response) => {
    asked += 1;
    const body = JSON.stringify(LEDGER);
    response.writeHead(200, { "Content-Length": body.length });
    if (asked > 1) response.end(body);
    else response.write(body.slice(0, 10), () => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

it("a Worker that dies in the middle of its answer is asked again", async () => {
  const { port } = server.address() as AddressInfo; // oxlint-disable-line typescript/no-unsafe-type-assertion -- It listens on a port.
  expect(await new Control(new URL(`http://127.0.0.1:${port}`), "a").ledger("r")).toEqual(LEDGER);
  expect(asked).toBe(2);
});
