/** A Worker's variable that is a number above 0. @throws Error that names it */
export function positiveNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name} is ${text}. It must be a number above 0.`);
  return value;
}
