import { camelCaseToKebabCase } from "agents";
import { misconfigured } from "../wire/errors.ts";

/**
 * An agent's URL segment is its binding's name in kebab case, which the Agents SDK looks up. A Worker in which the two do not fit together is told so:
 * the SDK says "Invalid request".
 *
 * @param namespace what the Worker gave to routeRequest
 * @throws RequestError `misconfigured`
 */
export function checkBinding(env: object, namespace: unknown, segment: string): void {
  const bindings = Object.entries(env).filter(([, value]) => isNamespace(value));
  const own = bindings.find(([, value]) => value === namespace)?.[0];
  const served = own === undefined ? bindings.map(([name]) => name) : [own];
  // Of one that is wrapped anew each time that it is read, as tracers do, nobody can say which it is: the segment's own is taken for it.
  if (namespace !== undefined && served.some((name) => camelCaseToKebabCase(name) === segment)) return;
  const there = bindings.map(([name]) => `${name} (/agents/${camelCaseToKebabCase(name)})`).join(", ");
  throw misconfigured(
    own === undefined
      ? `routeRequest was given a Durable Object binding that wrangler.jsonc does not have. It has ${there || "none"}.`
      : `routeRequest serves /agents/${segment}, and the binding ${own} is at /agents/${camelCaseToKebabCase(own)}. Give it agent: "${camelCaseToKebabCase(own)}".`,
  );
}

function isNamespace(value: unknown): boolean {
  return typeof value === "object" && value !== null && "idFromName" in value && typeof value.idFromName === "function";
}
