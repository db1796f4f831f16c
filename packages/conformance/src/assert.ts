/**
 * The few assertions that the cases need, named as in `node:assert/strict`: a browser and a plain Worker have no `node:assert`, and each
 * runtime must be asked the same thing.
 */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
  readonly actual: unknown;
  readonly expected: unknown;

  constructor(message: string, compared: { readonly actual?: unknown; readonly expected?: unknown } = {}) {
    super(message);
    this.actual = compared.actual;
    this.expected = compared.expected;
  }
}

/** @throws AssertionError where the value is falsy */
export function ok(value: unknown, message = "A truthy value was expected."): asserts value {
  if (!value) throw new AssertionError(message, { actual: value, expected: true });
}

/** The same by `Object.is`. @throws AssertionError */
export function equal<Value>(actual: unknown, expected: Value, message?: string): asserts actual is Value {
  if (!Object.is(actual, expected)) fail("strictly equal", actual, expected, "", message);
}

/** The same JSON, member by member; bytes byte by byte; what else is no plain object or array only equals itself. @throws AssertionError */
export function deepEqual<Value>(actual: unknown, expected: Value, message?: string): asserts actual is Value {
  const path = difference(actual, expected);
  if (path !== undefined) fail("strictly deep-equal", actual, expected, path, message);
}

/** @throws AssertionError where nothing is thrown, or what does not fit */
export function throws(body: () => unknown, fits: (error: unknown) => boolean, message = "It threw an unexpected error."): void {
  try {
    body();
  } catch (error) {
    if (fits(error)) return;
    throw new AssertionError(message, { actual: error });
  }
  throw new AssertionError(`Nothing was thrown: ${message}`);
}

/** @throws AssertionError where the promise is fulfilled, or rejected with an error without these members */
export async function rejects(promise: Promise<unknown>, members: Readonly<Record<string, unknown>>): Promise<void> {
  let reason: unknown;
  try {
    await promise;
  } catch (error) {
    reason = error;
  }
  if (!(reason instanceof Error)) throw new AssertionError("It did not reject with an error.", { actual: reason, expected: members });
  for (const [name, value] of Object.entries(members)) equal(Reflect.get(reason, name), value, `error.${name}`);
}

/** Where two values differ first, as a path; `undefined` where they do not. */
function difference(actual: unknown, expected: unknown, path = "."): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  if (actual instanceof Uint8Array && expected instanceof Uint8Array) {
    if (actual.length !== expected.length) return `${path === "." ? "" : path}.length`;
    const at = expected.findIndex((byte, index) => byte !== actual[index]);
    return at === -1 ? undefined : `${path === "." ? "" : path}[${at}]`;
  }
  if (!isPlain(actual) || !isPlain(expected) || Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return path;
  const names = Object.keys(expected);
  if (Object.keys(actual).length !== names.length) return path;
  for (const name of names) {
    if (!Object.hasOwn(actual, name)) return path;
    const found = difference(actual[name], expected[name], `${path === "." ? "" : path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function fail(what: string, actual: unknown, expected: unknown, path: string, message: string | undefined): never {
  const at = path === "" || path === "." ? "" : ` at ${path}`;
  const said = message === undefined ? "" : `${message}: `;
  throw new AssertionError(`${said}values are not ${what}${at}: ${show(actual)} where ${show(expected)} was expected.`, {
    actual,
    expected,
  });
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
