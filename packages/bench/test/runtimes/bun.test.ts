import { describeRuntime } from "./describe-runtime.ts";
import { startBun } from "./process.ts";
import { installedVersions } from "./versions.ts";

const { bun } = await installedVersions();

describeRuntime({ name: "Bun", userAgent: `Bun/${bun}`, start: startBun });
