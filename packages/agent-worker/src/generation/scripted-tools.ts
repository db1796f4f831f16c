import type {
  JSONValue,
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider";

/** What is read of a JSON schema; a client's may be anything. */
interface Schema {
  readonly type?: unknown;
  readonly const?: unknown;
  readonly enum?: unknown;
  readonly default?: unknown;
  readonly examples?: unknown;
  readonly anyOf?: unknown;
  readonly oneOf?: unknown;
  readonly allOf?: unknown;
  readonly properties?: unknown;
  readonly required?: unknown;
  readonly items?: unknown;
  readonly minItems?: unknown;
  readonly minimum?: unknown;
  readonly exclusiveMinimum?: unknown;
  readonly maximum?: unknown;
  readonly exclusiveMaximum?: unknown;
  readonly format?: unknown;
  readonly minLength?: unknown;
  readonly maxLength?: unknown;
  readonly $ref?: unknown;
  readonly definitions?: unknown;
  readonly $defs?: unknown;
}

/** A call that the scripted model makes. */
export interface ScriptedCall {
  readonly toolName: string;
  readonly input: JSONValue;
}

/** What the tools gave for the last thing that a user said, as a sentence each; `undefined` where none was called for it. */
export function sayOutputs(prompt: LanguageModelV4Prompt): string | undefined {
  const outputs = sinceUser(prompt)
    .flatMap((message) => (message.role === "tool" ? message.content : []))
    .flatMap((part) => (part.type === "tool-result" ? [part] : []));
  if (outputs.length === 0) return undefined;
  return outputs.map(({ toolName, output }) => `The tool ${toolName} ${sayOutput(output)}.`).join(" ");
}

function sayOutput(output: LanguageModelV4ToolResultPart["output"]): string {
  switch (output.type) {
    case "text":
    case "json":
      return `gave ${say(output.value)}`;
    case "error-text":
    case "error-json":
      return "failed"; // What it failed of is the agent's own.
    case "execution-denied":
      return `was not allowed${output.reason === undefined ? "" : `: ${output.reason}`}`;
    case "content":
      return `gave ${output.value.map((part) => (part.type === "text" ? part.text : part.type)).join(", ")}`;
  }
}

/** `{order: "A7", status: "on its way"}` is "order: A7, status: on its way". */
function say(value: JSONValue): string {
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.map(say).join(", ");
  return Object.entries(value)
    .map(([name, one]) => `${name}: ${say(one ?? null)}`)
    .join(", ");
}

/** The tool that the last thing a user said is about, with an input made from its schema and those words; `undefined` where it is about none. */
export function chooseCall({ prompt, tools = [], toolChoice }: LanguageModelV4CallOptions): ScriptedCall | undefined {
  if (toolChoice?.type === "none") return undefined;
  const callable = tools.filter((tool) => tool.type === "function");
  const asked = userText(prompt);
  const named = toolChoice?.type === "tool" ? callable.find(({ name }) => name === toolChoice.toolName) : undefined;
  const forced = toolChoice?.type === "required" || /\btools?\b/i.test(asked);
  const tool = named ?? mostAbout(asked, callable) ?? (forced ? callable[0] : undefined);
  if (tool === undefined) return undefined;
  const root: Schema = tool.inputSchema;
  return { toolName: tool.name, input: tool.inputExamples?.[0]?.input ?? valueFor(root, { asked, name: "", root, depth: 0 }) };
}

/** By the words that the prompt has in common with the tool's name, description and parameters. */
function mostAbout(asked: string, tools: readonly LanguageModelV4FunctionTool[]): LanguageModelV4FunctionTool | undefined {
  const words = wordsOf(asked);
  let best: LanguageModelV4FunctionTool | undefined;
  let most = 0;
  for (const tool of tools) {
    const about = wordsOf([tool.name, tool.description ?? "", ...Object.keys(objectOf(tool.inputSchema.properties))].join(" "));
    const common = [...words].filter((word) => about.has(word)).length;
    if (common > most) [best, most] = [tool, common];
  }
  return best;
}

/** Words of four letters and more: shorter ones are in every sentence. `orderStatus` is two. */
function wordsOf(text: string): Set<string> {
  const apart = text.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return new Set(apart.match(/[\p{L}\p{N}]{4,}/gu) ?? []);
}

interface Place {
  /** What the user said. */
  readonly asked: string;
  /** The property's. */
  readonly name: string;
  /** Where `$ref`s are resolved. */
  readonly root: Schema;
  readonly depth: number;
}

const DEPTH_MAX = 6;
const ITEMS_MAX = 10;
const STRING_MAX = 200;
const FORMATS: Readonly<Record<string, string>> = {
  date: "2026-01-31",
  "date-time": "2026-01-31T12:00:00Z",
  time: "12:00:00Z",
  duration: "PT1H",
  email: "ada@example.com",
  uri: "https://example.com/",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
};

/** A value that a schema takes, as far as its types, choices, formats and lengths say; a `pattern` is not read. */
function valueFor(definition: unknown, place: Place): JSONValue {
  if (place.depth > DEPTH_MAX) return null;
  const schema = resolved(objectOf(definition), place.root);
  const choices = listOf(schema.enum);
  if (schema.const !== undefined) return toJson(schema.const);
  if (choices.length > 0) return toJson(choices.find((one) => place.asked.includes(String(one))) ?? choices[0]);
  if (schema.default !== undefined) return toJson(schema.default);
  if (listOf(schema.examples).length > 0) return toJson(listOf(schema.examples)[0]);
  const deeper = { ...place, depth: place.depth + 1 };
  const [either] = [...listOf(schema.anyOf), ...listOf(schema.oneOf), ...listOf(schema.allOf)];
  if (either !== undefined) return valueFor(either, deeper);
  switch (listOf(schema.type)[0] ?? schema.type ?? (schema.properties === undefined ? "string" : "object")) {
    case "object": {
      const required = listOf(schema.required);
      const properties = Object.entries(objectOf(schema.properties)).filter(([name]) => required.includes(name));
      return Object.fromEntries(properties.map(([name, one]) => [name, valueFor(one, { ...deeper, name })]));
    }
    case "array": {
      const count = Math.min(Math.max(numberOf(schema.minItems) ?? 1, 1), ITEMS_MAX);
      const items = Array.isArray(schema.items) ? listOf(schema.items) : Array.from({ length: count }, () => schema.items);
      return items.map((item) => valueFor(item, deeper));
    }
    case "integer":
      return Math.round(numberFor(schema, place.asked));
    case "number":
      return numberFor(schema, place.asked);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return stringFor(schema, place);
  }
}

/** A number of the prompt, within the schema's bounds. */
function numberFor(schema: Schema, asked: string): number {
  const above = numberOf(schema.exclusiveMinimum);
  const below = numberOf(schema.exclusiveMaximum);
  const least = numberOf(schema.minimum) ?? (above === undefined ? undefined : above + 1);
  const most = numberOf(schema.maximum) ?? (below === undefined ? undefined : below - 1);
  const said = /(?<![\p{L}\p{N}.])-?\d+(?:\.\d+)?(?![\p{L}\p{N}])/u.exec(asked)?.[0];
  const value = said === undefined ? (least ?? 1) : Number(said);
  return Math.min(Math.max(value, least ?? -Infinity), most ?? Infinity);
}

/** What follows the property's name in the prompt ("order A7"), else a word with a digit or a capital, else the last word. */
function stringFor(schema: Schema, { asked, name }: Place): string {
  const known = typeof schema.format === "string" && Object.hasOwn(FORMATS, schema.format) ? FORMATS[schema.format] : undefined;
  if (known !== undefined) return known;
  const words = asked.match(/[\p{L}\p{N}][\p{L}\p{N}_-]*/gu) ?? [];
  const at = words.findIndex((word) => word.toLowerCase() === name.toLowerCase());
  const special = words.find((word) => /\d/.test(word)) ?? words.slice(1).find((word) => /^\p{Lu}/u.test(word));
  const said = (at === -1 ? undefined : words[at + 1]) ?? special ?? words.at(-1) ?? "example";
  return said.padEnd(Math.min(numberOf(schema.minLength) ?? 0, STRING_MAX), ".").slice(0, numberOf(schema.maxLength) ?? STRING_MAX);
}

function resolved(schema: Schema, root: Schema): Schema {
  const name = /^#\/(?:definitions|\$defs)\/([^/]+)$/.exec(String(schema.$ref))?.[1];
  return name === undefined ? schema : objectOf({ ...objectOf(root.definitions), ...objectOf(root.$defs) }[name]);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** What a schema says is JSON, in types of its own. */
function toJson(value: unknown): JSONValue {
  const json: JSONValue = JSON.parse(JSON.stringify(value ?? null));
  return json;
}

/** What was said after the user's last message. */
function sinceUser(prompt: LanguageModelV4Prompt): LanguageModelV4Prompt {
  return prompt.slice(prompt.findLastIndex(({ role }) => role === "user") + 1);
}

/** What the user said last. */
export function userText(prompt: LanguageModelV4Prompt): string {
  const said = prompt.findLast((message) => message.role === "user");
  return said === undefined ? "" : said.content.map((part) => (part.type === "text" ? part.text : "")).join(" ");
}
