/** What a machine does not allow is said with a code and what would help. Each refusal is a real one. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { linux, needs } from "../../src/needs.ts";
import { refusalOfNetwork } from "../../src/network/index.ts";
import * as tools from "../../src/tools.ts";

const script = `
  import { openNetwork, profiles } from ${JSON.stringify(fileURLToPath(new URL("../../src/network/index.ts", import.meta.url)))};
  try {
    const network = await openNetwork({ ...profiles.loopback, seed: 1 });
    await network.close();
    console.log(JSON.stringify({ code: "allowed" }));
  } catch ({ name, code, message }) {
    console.log(JSON.stringify({ name, code, message }));
  }
`;

/** Opens a network in a program that is started by another one, which takes something away from it. */
function openedBy([program = "", ...command]: readonly string[]): unknown {
  const args = [...command, process.execPath, "--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 30_000, killSignal: "SIGKILL" });
  return stdout === "" ? stderr : JSON.parse(stdout);
}

const nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
const asRootOfItsOwn = ["unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--mount-proc"];
const loopbackUp = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
/** Runs a command where `/dev/net` is what a script makes of it, and nobody else sees that. */
const withDevNet = (script: string): string[] => [
  "unshare",
  "--mount",
  "sh",
  "-c",
  `mount -t tmpfs none /dev/net && ${script} exec "$@"`,
  "sh",
];

describe("a network of namespaces", needs(tools.network), () => {
  it("needs capabilities, and says two ways to them", () => {
    const remedy = `${[...asRootOfItsOwn, "sh", "-c"].join(" ")} 'ip link set lo up && exec "$@"' sh`;
    expect(openedBy(nobody)).toMatchObject({ name: "NetworkError", code: "no_capabilities", message: expect.stringContaining(remedy) });
  });

  it("is allowed to a plain user who may open /dev/net/tun, by that remedy", () => {
    const opened = openedBy([...withDevNet("mknod -m 666 /dev/net/tun c 10 200 &&"), ...nobody, ...asRootOfItsOwn, ...loopbackUp]);
    expect(opened).toEqual({ code: "allowed" });
  });

  it("needs a way back from its namespaces, which root of a user namespace alone has not", () => {
    expect(openedBy(["unshare", "--user", "--map-root-user"])).toMatchObject({
      code: "no_way_back",
      message: expect.stringContaining("--net --pid --fork"),
    });
  });

  it("needs /dev/net/tun, and says how to have it", () => {
    expect(openedBy(withDevNet(""))).toMatchObject({ code: "no_tun", message: expect.stringMatching(/ENOENT.*load the module tun/) });
    expect(openedBy([...nobody, ...asRootOfItsOwn])).toMatchObject({
      code: "no_tun",
      message: expect.stringMatching(/EACCES.*chmod a\+rw/),
    });
  });
});

it("is refused where the system is not Linux, and only there", needs(linux), () => {
  expect(refusalOfNetwork()?.code).not.toBe("not_linux");
});
