import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";

/** The two newest majors of TypeScript. */
export const compilers: Readonly<Record<"6" | "7", string>> = {
  6: join(import.meta.dirname, "../node_modules/typescript-6/bin/tsc"),
  7: join(import.meta.dirname, "../node_modules/typescript/bin/tsc"),
};

export interface TypeScriptError {
  /** Relative to the project's folder; empty where it is of the options. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

const ERROR = /^(?:(?<file>\S.*)\((?<line>\d+),\d+\): )?error (?<message>TS\d+: .*)$/;

/**
 * Compiles files of a folder in their own program. Errors are given back, not thrown.
 *
 * @param files relative to the folder
 * @param options `compilerOptions`, beside `strict` and what belongs to it
 */
export async function compile(
  compiler: keyof typeof compilers,
  folder: string,
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<readonly TypeScriptError[]> {
  const config = join(
    folder,
    `tsconfig.${compiler}-${files
      .join("-")
      .replaceAll(/[^\w.-]/g, "-")
      .slice(0, 80)}.json`,
  );
  const compilerOptions = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, ...options };
  await writeFile(config, JSON.stringify({ compilerOptions, files }));
  const { code, output } = await new Promise<{ code: unknown; output: string }>((done) => {
    execFile(
      process.execPath,
      [compilers[compiler], "-p", config, "--pretty", "false"],
      { cwd: folder, timeout: 80_000 },
      (error, stdout, stderr) => done({ code: error === null ? 0 : (error.code ?? error.signal), output: stdout + stderr }),
    );
  });
  const errors = output.split("\n").flatMap((line): TypeScriptError[] => {
    const found = ERROR.exec(line)?.groups;
    if (found === undefined) return [];
    const { file, line: at = "0", message = "" } = found;
    return [{ file: file === undefined ? "" : relative(folder, resolve(folder, file)), line: Number(at), message }];
  });
  if (code !== 0 && errors.length === 0) throw new Error(`TypeScript ${compiler} ended with ${String(code)}: ${output}`);
  return errors;
}
