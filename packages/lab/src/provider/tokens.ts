const words = [
  "the",
  "worker",
  "stream",
  "answers",
  "as",
  "each",
  "token",
  "of",
  "its",
  "model",
  "arrives",
  "and",
  "holds",
  "none",
  "back",
] as const;

/**
 * A token that says which one it is, so that a loss, a repeat or a swap shows in the text as well as in the ids.
 *
 * @returns e.g. `w12 stream `, of the length of real tokens and more
 */
export function tokenText(index: number, random: () => number): string {
  return `w${index} ${words[Math.floor(random() * words.length)] ?? "the"} `;
}

/** The same, of so many bytes, of which there are at least those of its number. */
export function paddedToken(index: number, bytes: number): string {
  const name = `w${index} `;
  return `${name}${"x".repeat(Math.max(1, bytes - name.length - 1))} `;
}

/** Which tokens a text is made of: an agent may join those that come together. None for any other text. */
export function tokenIndices(text: string): number[] {
  return /^(?:w\d+ [a-z]+ )+$/.test(text) ? Array.from(text.matchAll(/w(\d+) /g), ([, index]) => Number(index)) : [];
}
