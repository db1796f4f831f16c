/** For `.catch` behind a look at /proc: what was looked at has ended meanwhile (ENOENT, ESRCH). */
export function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ESRCH") return undefined;
  throw error;
}
