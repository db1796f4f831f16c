import { join } from "node:path";
import { build, type BuildOptions } from "esbuild";

/** A JavaScript runtime that has `inside.ts` in it. */
export interface Runtime {
  /** Asks what `inside.ts` serves, in the runtime itself. @returns the JSON that it answers @throws Error where it answers none */
  ask(query: Readonly<Record<string, string>>): Promise<unknown>;
  /** What the runtime complained of besides its answers: an unhandled rejection, for one. */
  problems(): readonly string[];
  close(): Promise<void>;
}

export const inside: string = join(import.meta.dirname, "inside.ts");

/** No check may take longer, in milliseconds: the longest takes one and a half seconds beside its server, and ten at a distance. */
export const ASK_LIMIT_MS = 60_000;

export async function jsonOf(response: { readonly ok: boolean; readonly status: number; text(): Promise<string> }): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`The runtime answered ${response.status}: ${text.slice(0, 400)}`);
  return JSON.parse(text);
}

/** `inside.ts` as one script. With no platform's own modules: an import of `node:…` fails here. */
export async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [inside],
    bundle: true,
    write: false,
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2024",
    ...options,
  });
  const [script] = outputFiles ?? [];
  if (script === undefined) throw new Error("esbuild wrote no script.");
  return script.text;
}
