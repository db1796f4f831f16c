/** Where a document shows what `bench verdicts` prints: between two comments, the first of which names the files that it is of. */
import { UsageError } from "../usage/errors.ts";

const BEGIN = /<!-- verdicts:begin((?: \S+)*?) -->/;
const END = "<!-- verdicts:end -->";

/** What stands between the marks of a document, and the files that it says it came from. @throws UsageError where there are no marks */
export function verdictsIn(document: string): {
  readonly files: readonly string[];
  readonly text: string;
  readonly from: number;
  readonly to: number;
} {
  const begin = BEGIN.exec(document);
  const to = document.indexOf(END);
  if (begin === null || to < begin.index) throw new UsageError(`There is no <!-- verdicts:begin --> … ${END} to put the verdicts between.`);
  const from = begin.index + begin[0].length;
  const files = (begin[1] ?? "").split(" ").filter((file) => file !== "");
  return { files, text: document.slice(from, to).trim(), from: begin.index, to: to + END.length };
}

export function replaceVerdicts(document: string, files: readonly string[], verdicts: string): string {
  const { from, to } = verdictsIn(document);
  return `${document.slice(0, from)}<!-- verdicts:begin ${files.join(" ")} -->\n${verdicts}\n${END}${document.slice(to)}`;
}
