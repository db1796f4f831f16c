import { describeRuntime } from "./describe-runtime.ts";
import { startDeno } from "./process.ts";
import { installedVersions } from "./versions.ts";

const { deno } = await installedVersions();

describeRuntime({ name: "Deno", userAgent: `Deno/${deno}`, start: startDeno });
