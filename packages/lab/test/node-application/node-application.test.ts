import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openNodeApplication } from "../../src/node-application/index.ts";
import type { Site } from "../../src/node-application/messages.ts";
import { beginIn } from "../../src/node-application/node-application.ts";

const site: Site = { origin: "https://127.0.0.1:1/", address: "127.0.0.1", pem: "", version: "h1", webSockets: [] };
const silent = fileURLToPath(new URL("silent-program.ts", import.meta.url));
const start = (): ChildProcess => fork(silent, [], { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });

describe("an application in a process of its own", () => {
  it("is killed where it does not begin in time, and whoever waits is told", async () => {
    const child = start();
    const error = { name: "NodeApplicationError", code: "start_timeout", message: expect.stringContaining("within 0.05 s") as string };
    await expect(beginIn(child, site, 50)).rejects.toMatchObject(error);
    expect(child.signalCode).toBe("SIGKILL");
  });

  it("is not waited for where its process ends instead", async () => {
    const child = start();
    const begun = beginIn(child, site);
    child.kill("SIGTERM");
    await expect(begun).rejects.toMatchObject({ code: "ended", message: expect.stringContaining("SIGTERM") as string });
  });

  it("is not waited for where there is no program to run it", async () => {
    const child = fork(silent, [], { execPath: "/nowhere/node", stdio: ["ignore", "ignore", "inherit", "ipc"] });
    await expect(beginIn(child, site)).rejects.toMatchObject({ code: "ended", message: expect.stringContaining("ENOENT") as string });
  });

  it("begins without a connection, and is gone once it is closed", async () => {
    const edge = {
      url: () => new URL(site.origin),
      address: site.address,
      webSockets: [],
      certificate: { name: "", pem: "", key: "", spki: "" },
    };
    const application = await openNodeApplication({ edge, version: "h1" });
    expect(await application.now()).toBeGreaterThan(0);
    const inputs = [{ prompt: "?" }];
    const asked = application.perform({ transport: "ws", agent: "demo", connections: "none" }, { do: "first answers", inputs });
    await expect(asked).rejects.toMatchObject({ code: "failed", message: expect.stringContaining("takes no WebSocket") as string });
    await application.close();
    await expect(application.now()).rejects.toMatchObject({ code: "ended" });
  });
});
