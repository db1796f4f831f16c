import type { DynamicToolUIPart, ProviderMetadata, ToolUIPart, UIMessage, UIMessageChunk } from "ai";

type ToolPart = ToolUIPart | DynamicToolUIPart;

/** The chunks from which the AI SDK makes this message again. `onToolCall` is called for what still waits for an output, and for nothing else. */
export function* chunksOf(message: UIMessage): Generator<UIMessageChunk, undefined> {
  yield { type: "start", messageId: message.id, ...(message.metadata === undefined ? {} : { messageMetadata: message.metadata }) };
  for (const [index, part] of message.parts.entries()) {
    if ("toolCallId" in part) {
      yield* toolChunks(part);
      continue;
    }
    switch (part.type) {
      case "step-start":
        yield { type: "start-step" };
        break;
      case "text":
      case "reasoning": {
        // Only reasoning keeps its id. The run's own parts have ids of the model's making, and may not meet these.
        const id = (part.type === "reasoning" ? part.id : undefined) ?? `restored-${index}`;
        const of = { id, ...metadata(part.providerMetadata) };
        yield { type: `${part.type}-start`, ...of };
        yield { type: `${part.type}-delta`, ...of, delta: part.text };
        if (part.type === "text" && part.citations !== undefined) yield { type: "text-end", ...of, citations: part.citations };
        else yield { type: `${part.type}-end`, ...of };
        break;
      }
      default:
        // A source, a file, a data-* part: the chunk is the part.
        yield part;
    }
  }
}

/**
 * A call by its input's deltas, and not by `tool-input-available`, on which the AI SDK would call `onToolCall` and the application would
 * carry it out again.
 */
function* toolChunks(part: ToolPart): Generator<UIMessageChunk, undefined> {
  const { toolCallId, input } = part;
  const call = {
    toolCallId,
    toolName: part.type === "dynamic-tool" ? part.toolName : part.type.slice("tool-".length),
    ...(part.type === "dynamic-tool" && { dynamic: true }),
    ...(part.providerExecuted !== undefined && { providerExecuted: part.providerExecuted }),
    ...(part.title !== undefined && { title: part.title }),
    ...(part.toolMetadata !== undefined && { toolMetadata: part.toolMetadata }),
    ...metadata("callProviderMetadata" in part ? part.callProviderMetadata : undefined),
  };
  if (part.state === "input-available") {
    yield { type: "tool-input-available", ...call, input };
    return;
  }
  yield { type: "tool-input-start", ...call };
  const inputText = part.state === "input-streaming" && part.rawInput !== undefined ? part.rawInput : JSON.stringify(input);
  if (inputText !== undefined) yield { type: "tool-input-delta", toolCallId, inputTextDelta: inputText };
  if (part.approval !== undefined) {
    const { id: approvalId, approved, reason } = part.approval;
    yield { type: "tool-approval-request", approvalId, toolCallId };
    if (approved !== undefined) yield { type: "tool-approval-response", approvalId, approved, ...(reason !== undefined && { reason }) };
  }
  const result = metadata("resultProviderMetadata" in part ? part.resultProviderMetadata : undefined);
  if (part.state === "output-available") yield { type: "tool-output-available", toolCallId, output: part.output, ...result };
  else if (part.state === "output-error") yield { type: "tool-output-error", toolCallId, errorText: part.errorText, ...result };
  else if (part.state === "output-denied") yield { type: "tool-output-denied", toolCallId };
}

function metadata(providerMetadata: ProviderMetadata | undefined): { readonly providerMetadata?: ProviderMetadata } {
  return providerMetadata === undefined ? {} : { providerMetadata };
}
