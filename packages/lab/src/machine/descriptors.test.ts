import { createServer } from "node:net";
import { expect, it } from "vitest";
import { listen } from "../listen.ts";
import { linux, needs } from "../needs.ts";
import { openDescriptors } from "./descriptors.ts";

it("counts a socket while it is open, and no longer", needs(linux), async () => {
  const before = await openDescriptors([process.pid]);
  expect(before.all).toBeGreaterThan(before.sockets);
  const server = createServer();
  await listen(server);
  expect((await openDescriptors([process.pid])).sockets).toBe(before.sockets + 1);
  await new Promise((resolve) => server.close(resolve));
  expect((await openDescriptors([process.pid])).sockets).toBe(before.sockets);
});

it("gives no figure when a process has ended, or none is given", async () => {
  // Above the kernel's highest process id.
  expect(await openDescriptors([process.pid, 2 ** 30])).toEqual({ all: Number.NaN, sockets: Number.NaN });
  expect(await openDescriptors([])).toEqual({ all: Number.NaN, sockets: Number.NaN });
});
