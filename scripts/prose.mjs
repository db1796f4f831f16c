// `pnpm prose`: how readable the documents are, and what in them breaks the rules of CONTRIBUTING.md ("How we write").
// `pnpm prose README.md …` looks at those alone, and prints each sentence that is over the rule, longest first.
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { marked } from "marked";

/** Columns. A table's row, a link's definition, code and an address cannot be broken. */
const columns = 120;
/** The rule: words a sentence. One in ten may be longer. */
const rule = 25;
/** No sentence of a document is longer. */
const limit = 40;
/** Words a sentence, on average over one document. */
const average = 18;

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
// What a segmenter takes for the end of a sentence, and is none.
const abbreviations = /\b(?:e\.g|i\.e|vs|cf|etc|no|approx)\.$/i;

const wordsIn = (text) => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

function sentencesOf(text) {
  const sentences = [];
  for (const { segment } of segmenter.segment(text.replace(/\s+/g, " "))) {
    const last = sentences.at(-1);
    if (last !== undefined && (abbreviations.test(last.trim()) || /^\P{Lu}*\p{Ll}/u.test(segment)))
      sentences[sentences.length - 1] += segment;
    else sentences.push(segment);
  }
  return sentences.map((sentence) => sentence.trim()).filter((sentence) => wordsIn(sentence) > 1);
}

/** The text that a person reads: an inline code span is one word, a link its text, an image nothing. */
function textOf(tokens = []) {
  return tokens
    .map((token) => {
      if (token.type === "codespan") return "code";
      if (token.type === "image" || token.type === "html") return "";
      if (token.type === "br") return " ";
      return token.tokens === undefined ? (token.text ?? "") : textOf(token.tokens);
    })
    .join("");
}

/** Each piece of prose in a document: paragraphs, list items, quotations, headings and the cells of tables. */
function* proseOf(tokens) {
  for (const token of tokens) {
    if (token.type === "paragraph" || token.type === "text") yield textOf(token.tokens ?? [token]);
    else if (token.type === "table") for (const row of token.rows) for (const cell of row) yield textOf(cell.tokens);
    else if (token.type === "list") for (const item of token.items) yield* proseOf(item.tokens);
    else if (token.type === "blockquote") yield* proseOf(token.tokens);
  }
}

function longLinesOf(source) {
  const faults = [];
  let fence = null;
  source.split("\n").forEach((line, index) => {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1] ?? null;
    if (mark !== null && fence === null) fence = mark;
    else if (mark !== null && mark.startsWith(fence)) fence = null;
    else if (fence === null && line.length > columns && !/^\s*\||^\s*\[[^\]]+\]:|^\s*<|https?:\/\//.test(line)) faults.push(index + 1);
  });
  return faults;
}

const asked = process.argv.slice(2);
// Reports are written by the benchmark, and changelogs by changesets: what writes them is tested. What is said of a report is prose.
const all = execFileSync("git", ["ls-files", "*.md"], { encoding: "utf8" }).split("\n");
const documents =
  asked.length > 0
    ? asked
    : all.filter((file) => file !== "" && !/^(reports\/.*\/(?:report|combined)\.md|\.changeset\/)|CHANGELOG/.test(file));

let faults = 0;
const fault = (text) => {
  faults += 1;
  console.log(`  ${text}`);
};

for (const file of documents) {
  const source = readFileSync(file, "utf8");
  const sentences = [...proseOf(marked.lexer(source))].flatMap(sentencesOf).map((text) => ({ text, words: wordsIn(text) }));
  const lengths = sentences.map(({ words }) => words).sort((a, b) => a - b);
  const mean = lengths.reduce((sum, words) => sum + words, 0) / Math.max(1, lengths.length);
  const over = sentences.filter(({ words }) => words > rule).sort((a, b) => b.words - a.words);
  const share = over.length / Math.max(1, lengths.length);
  console.log(
    `${file}: ${lengths.length} sentences, ${mean.toFixed(1)} words on average, ${(100 * share).toFixed(0)} % over ${rule}, longest ${lengths.at(-1) ?? 0}`,
  );
  if (mean > average) fault(`${mean.toFixed(1)} words a sentence on average: at most ${average}`);
  if (share > 0.1) fault(`${(100 * share).toFixed(0)} % of its sentences have more than ${rule} words: at most 10 %`);
  const lines = longLinesOf(source);
  if (lines.length > 0)
    fault(`${lines.length} lines over ${columns} columns: ${lines.slice(0, 8).join(", ")}${lines.length > 8 ? " …" : ""}`);
  for (const { text, words } of over) if (words > limit) fault(`${words} words: ${text}`);
  if (asked.length > 0) for (const { text, words } of over) if (words <= limit) console.log(`  (${words} words) ${text}`);
}
if (faults > 0) console.log(`${faults} faults. The rules are in CONTRIBUTING.md, "How we write".`);
process.exitCode = faults > 0 ? 1 : 0;
