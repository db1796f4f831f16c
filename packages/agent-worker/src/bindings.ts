import { camelCaseToKebabCase } from "agents";
import { misconfigured } from "./errors.ts";

/**
 * An agent's URL segment is its binding's name in kebab case, which the Agents SDK looks up. A Worker in which the two do not fit together is told so:
 * the SDK says "Invalid request".
 *
 * @param namespace what the Worker gave to routeRequest
 * @throws RequestError `misconfigured`
 */
export function checkBinding(env: object, namespace: unknown, segment: string): void {
  if (namespace !== undefined && Object.entries(env).some(([name, value]) => value === namespace && camelCaseToKebabCase(name) === segment))
    return;
  const bindings = Object.entries(env).filter(([, value]) => isNamespace(value));
  const own = bindings.find(([, value]) => value === namespace)?.[0];
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
