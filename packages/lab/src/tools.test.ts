import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caddyVersion, haproxyVersion, quicGoVersion, versionSaid } from "./tools.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "versions-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A program that answers with these words, by its first argument, and fails where it has none. */
async function program(name: string, answers: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, name);
  const cases = Object.entries(answers).map(([argument, words]) => `${argument}) printf '%b' '${words}';;`);
  await writeFile(path, `#!/bin/sh\ncase "$1" in\n${cases.join("\n")}\n*) echo 'unknown command 9.9.9' >&2; exit 1;;\nesac\n`);
  await chmod(path, 0o755);
  return path;
}

const versionsOf = async (path: string): Promise<unknown> => [
  await versionSaid(path, caddyVersion),
  await versionSaid(path, quicGoVersion),
];

describe("the version of a Caddy, and of what it speaks HTTP/3 with", () => {
  it("is known of Debian's, which says nothing of the latter", async () => {
    const path = await program("debian", {
      version: "2.6.2\\n",
      "build-info": "go\\tgo1.19.8\\npath\\tgithub.com/caddyserver/caddy/v2/cmd/caddy\\n",
    });
    expect(await versionsOf(path)).toEqual(["2.6.2", undefined]);
  });

  it("is known of a released one", async () => {
    const path = await program("released", {
      version: "v2.11.7 h1:yj0Y=\\n",
      "build-info":
        "go\\tgo1.26.8\\nmod\\tcaddy\\t(devel)\\ndep\\tgithub.com/quic-go/qpack\\tv0.6.0\\ndep\\tgithub.com/quic-go/quic-go\\tv0.63.0\\th1:L=\\n",
    });
    expect(await versionsOf(path)).toEqual(["2.11.7", "0.63.0"]);
  });

  it("is known of one that Go has installed, which says that its version is unknown", async () => {
    const path = await program("installed", {
      version: "unknown\\n",
      "build-info":
        "go\\tgo1.26.8\\nmod\\tgithub.com/caddyserver/caddy/v2\\tv2.11.9\\th1:b=\\ndep\\tgithub.com/quic-go/quic-go\\tv0.63.0\\n",
    });
    expect(await versionsOf(path)).toEqual(["2.11.9", "0.63.0"]);
  });

  it("is not made up of a program that is not there, or that does not know the question", async () => {
    expect(await versionSaid(join(folder, "nowhere"), haproxyVersion)).toBeUndefined();
    expect(await versionsOf(await program("deaf", {}))).toEqual([undefined, undefined]);
  });
});
