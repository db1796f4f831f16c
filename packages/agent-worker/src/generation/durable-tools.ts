import type { ToolExecutionOptions, ToolSet } from "ai";
import { reportFault, reportMisconfiguration } from "../observability/observe.ts";
import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
import type { WaitingCall } from "../runs/generation.ts";
import type { ToolCalls } from "../runs/tool-calls.ts";
import { RequestError } from "../wire/errors.ts";

/** What a tool that runs in an agent is given, beside its input. */
export type AgentToolOptions = ToolExecutionOptions<unknown> & {
  /** The same for each try of the same call, after a restart too. Give it to what the tool calls, so that it takes effect once. */
  readonly idempotencyKey: string;
};

/** A call that was begun when its agent died: nobody knows whether it took effect. */
export interface UnknownCall extends Omit<WaitingCall, "asked"> {
  readonly idempotencyKey: string;
}

/** What is to become of an {@link UnknownCall}. */
export type UnknownCallDecision =
  /** The tool runs again: it has no effect, or takes the idempotency key. */
  | "repeat"
  /** It took effect, and this came of it. */
  | { readonly output: unknown }
  /** The model is told this. */
  | { readonly errorText: string };

export type DecideUnknownCall = (call: UnknownCall) => UnknownCallDecision | Promise<UnknownCallDecision>;

export const tellModel: DecideUnknownCall = () => ({ errorText: UNKNOWN_OUTCOME });

type Execute = (input: unknown, options: ToolExecutionOptions<unknown>) => unknown;

/**
 * Tools whose calls run once, also where the agent dies in between.
 *
 * @param callsNow those of the step that the model is in. Its calls begin before the log has what it said, and end before its next step begins
 */
export function durableTools(
  tools: ToolSet,
  callsNow: () => ToolCalls,
  decide: DecideUnknownCall,
  describe: (error: unknown) => string,
): ToolSet {
  return Object.fromEntries(Object.entries(tools).map(([name, tool]) => [name, durable(name, tool, callsNow, decide, describe)]));
}

function durable<One extends ToolSet[string]>(
  toolName: string,
  tool: One,
  callsNow: () => ToolCalls,
  decide: DecideUnknownCall,
  describe: (error: unknown) => string,
): One {
  const given: Execute | undefined = tool.execute;
  if (given === undefined) return tool;

  const run = (input: unknown, options: ToolExecutionOptions<unknown>, calls: ToolCalls): unknown => {
    const { toolCallId } = options;
    const failed = (error: unknown): never => {
      calls.end(toolCallId, { state: "failed", errorText: describe(error) });
      throw error;
    };
    const done = <Output>(output: Output): Output => {
      calls.end(toolCallId, { state: "done", output });
      return output;
    };
    calls.begin(toolCallId);
    let result: unknown;
    try {
      const withKey: AgentToolOptions = { ...options, idempotencyKey: calls.idempotencyKey(toolCallId) };
      result = given(input, withKey);
    } catch (error) {
      return failed(error);
    }
    // What it gives one after another goes on as it comes: the last of it is its output.
    if (isIterable(result)) return recorded(result, done, failed);
    return awaited(result);

    async function awaited(promised: unknown): Promise<unknown> {
      let output: unknown;
      try {
        output = await promised;
      } catch (error) {
        return failed(error);
      }
      return done(output);
    }
  };

  const execute: Execute = (input, options) => {
    const { toolCallId } = options;
    const calls = callsNow();
    const known = calls.of(toolCallId);
    switch (known.state) {
      case "new":
        return run(input, options, calls);
      case "done":
        return known.output;
      case "failed":
        throw told(known.errorText);
      case "unknown":
        return settle();
    }

    async function settle(): Promise<unknown> {
      const decision = await decided(decide, { toolCallId, toolName, input, idempotencyKey: calls.idempotencyKey(toolCallId) });
      // The call stays unknown until this is in the log. A model that was told only of a fault would make it again.
      if (decision === undefined) throw told(UNKNOWN_OUTCOME);
      if (decision === "repeat") return lastOf(run(input, options, calls));
      if ("errorText" in decision) {
        calls.end(toolCallId, { state: "failed", errorText: decision.errorText });
        throw told(decision.errorText);
      }
      calls.end(toolCallId, { state: "done", output: decision.output });
      return decision.output;
    }
  };
  return { ...tool, execute };
}

/** `undefined` where the author cannot say, or says a word that is none: the operator is told. @throws RequestError what the author refuses with */
async function decided(decide: DecideUnknownCall, call: UnknownCall): Promise<UnknownCallDecision | undefined> {
  let decision: unknown;
  try {
    decision = await decide(call);
  } catch (error) {
    if (error instanceof RequestError && error.body.code !== "misconfigured") throw error;
    if (error instanceof RequestError) reportMisconfiguration(error.message);
    else reportFault(error, "onUnknownCall");
    return undefined;
  }
  if (isDecision(decision)) return decision;
  reportMisconfiguration('onUnknownCall must give "repeat", { output } or { errorText }.');
  return undefined;
}

function isDecision(decision: unknown): decision is UnknownCallDecision {
  return decision === "repeat" || (typeof decision === "object" && decision !== null && ("output" in decision || "errorText" in decision));
}

/** What readers and the model may be told as it is. */
function told(errorText: string): RequestError {
  return new RequestError({ code: "internal", message: errorText });
}

async function* recorded(
  outputs: AsyncIterable<unknown>,
  done: (output: unknown) => void,
  failed: (error: unknown) => never,
): AsyncGenerator {
  let last: unknown;
  try {
    for await (const output of outputs) {
      last = output;
      yield output;
    }
  } catch (error) {
    failed(error);
  }
  done(last);
}

/** A tool's output, whether it gives one or several. */
export async function lastOf(result: unknown): Promise<unknown> {
  if (!isIterable(result)) return result;
  let last: unknown;
  for await (const output of result) last = output;
  return last;
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
