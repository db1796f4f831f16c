/** Why what is in /proc cannot be had on this machine; `null` where it can. @param what is read there, as the sentence begins */
export function withoutProc(what: string): string | null {
  return process.platform === "linux" ? null : `${what} /proc, which this system does not have.`;
}
