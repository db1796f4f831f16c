/**
 * For a program's first lines, before anything else is loaded: an older Node fails somewhere inside, with words about something else.
 *
 * @param version of the Node that runs it
 * @returns why it cannot run, in one line; `undefined` where it can
 */
export function whyNotOn(program: string, version: string = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return undefined;
  return `${program}: needs Node 22.12 or later, and this is ${version}. npx -y pnpm@12 ${program} brings its own.`;
}
