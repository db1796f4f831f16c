/** Counts the requests of a Worker to its objects, where they are made: each call of a stub is one, a `fetch` as well as any method. */

/** How often, by name. */
export class Counts {
  readonly #counts = new Map<string, number>();

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(name: string): void {
    this.#counts.set(name, this.of(name) + 1);
  }
}

/** The same environment, whose objects are called through a count: by the object's id. */
export function countedEnv<Env extends object>(env: Env, count: Counts): Env {
  const bindings = Object.entries(env).map(([name, binding]: [string, unknown]) => [
    name,
    isNamespace(binding) ? countedNamespace(binding, count) : binding,
  ]);
  return { ...env, ...Object.fromEntries(bindings) };
}

function isNamespace(binding: unknown): binding is DurableObjectNamespace {
  return typeof binding === "object" && binding !== null && "idFromName" in binding && "get" in binding;
}

function countedNamespace(namespace: DurableObjectNamespace, count: Counts): DurableObjectNamespace {
  return new Proxy(namespace, {
    get(target, name) {
      if (name === "get") return (...given: Parameters<DurableObjectNamespace["get"]>) => countedStub(target.get(...given), count);
      return bound(target, name);
    },
  });
}

function countedStub(stub: DurableObjectStub, count: Counts): DurableObjectStub {
  return new Proxy(stub, {
    get(target, name) {
      const value = bound(target, name);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => {
        count.add(target.id.toString());
        return Reflect.apply(value, target, given);
      };
    },
  });
}

/** The runtime's own objects take no call whose `this` is a proxy. */
function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name, target);
  return typeof value === "function" ? value.bind(target) : value;
}
