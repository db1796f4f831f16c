/** The words of an input that a person wrote; `undefined` for what is the application's own. */
export function textOfInput(data: unknown): string | undefined {
  if (typeof data === "string") return data;
  if (typeof data === "object" && data !== null && "text" in data && typeof data.text === "string") return data.text;
  return undefined;
}
