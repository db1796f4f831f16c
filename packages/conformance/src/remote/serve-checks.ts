import type { Check } from "../check.ts";
import type { Failure, Greeting, Outcome, Question } from "./messages.ts";
import { startRemoteServer } from "./remote-server.ts";

/**
 * What answers, inside a runtime, to be asked for a check: a `fetch` handler, which Workers, Bun and Deno serve as it is, and which a page calls.
 *
 * `GET /` is answered by a {@link Greeting}; with the members of a {@link Question} in its query it runs the check, and is answered by an {@link Outcome}.
 *
 * @param suites checks by the name of their suite
 */
export function serveChecks(suites: Readonly<Record<string, readonly Check[]>>): (request: Request) => Promise<Response> {
  return async (request) => {
    const { control, suite, title }: Partial<Question> = Object.fromEntries(new URL(request.url).searchParams);
    if (control === undefined || suite === undefined || title === undefined) {
      const counts = Object.fromEntries(Object.entries(suites).map(([name, checks]) => [name, checks.length]));
      return Response.json({ userAgent: navigator.userAgent, suites: counts } satisfies Greeting);
    }
    const check = suites[suite]?.find((one) => one.title === title);
    if (check === undefined) return new Response(`There is no ${suite}: ${title} here.`, { status: 404 });
    return Response.json(await outcomeOf(check, control));
  };
}

async function outcomeOf(check: Check, control: string): Promise<Outcome> {
  const startedAt = performance.now();
  try {
    await check.run(() => startRemoteServer(control));
    return { state: "passed", ms: performance.now() - startedAt };
  } catch (error) {
    return { state: "failed", ms: performance.now() - startedAt, error: failureOf(error) };
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: "" };
  const cause = error.cause instanceof Error ? ` (because of ${error.cause.name}: ${error.cause.message})` : "";
  return { name: error.name, message: error.message + cause, stack: error.stack ?? "" };
}
