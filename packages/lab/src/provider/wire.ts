import type { Reply } from "./reply.ts";

/** OpenAI's streaming wire format: the two APIs that `@ai-sdk/openai` speaks. Each function gives the bytes of one or more SSE events. */
export interface Wire {
  begin(): string;
  token(text: string): string;
  end(reply: Reply, sent: number): string;
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function typed(data: { readonly type: string; readonly [member: string]: unknown }): string {
  return `event: ${data.type}\n${event(data)}`;
}

/** `POST /chat/completions` with `stream: true`. */
export function chatWire(id: string, model: string): Wire {
  const chunk = (delta: object, finishReason: string | null): string =>
    event({
      id: `chatcmpl-${id}`,
      object: "chat.completion.chunk",
      created: 0,
      model,
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    });
  return {
    begin: () => chunk({ role: "assistant", content: "" }, null),
    token: (content) => chunk({ content }, null),
    end({ toolCall }, sent) {
      const call =
        toolCall === undefined
          ? ""
          : chunk(
              {
                tool_calls: [
                  {
                    index: 0,
                    id: `call_${id}`,
                    type: "function",
                    function: { name: toolCall.name, arguments: JSON.stringify(toolCall.arguments) },
                  },
                ],
              },
              null,
            );
      const usage = { prompt_tokens: 1, completion_tokens: sent, total_tokens: sent + 1 };
      return (
        call +
        chunk({}, toolCall === undefined ? "stop" : "tool_calls") +
        event({ id: `chatcmpl-${id}`, object: "chat.completion.chunk", created: 0, model, choices: [], usage }) +
        "data: [DONE]\n\n"
      );
    },
  };
}

/** `POST /responses` with `stream: true`. */
export function responsesWire(id: string, model: string): Wire {
  const item = `msg_${id}`;
  return {
    begin: () =>
      typed({ type: "response.created", response: { id: `resp_${id}`, created_at: 0, model } }) +
      typed({ type: "response.output_item.added", output_index: 0, item: { type: "message", id: item } }),
    token: (delta) => typed({ type: "response.output_text.delta", item_id: item, output_index: 0, content_index: 0, delta }),
    end({ toolCall }, sent) {
      let text = typed({ type: "response.output_item.done", output_index: 0, item: { type: "message", id: item } });
      if (toolCall !== undefined) {
        const call = { type: "function_call", id: `fc_${id}`, call_id: `call_${id}`, name: toolCall.name };
        const args = JSON.stringify(toolCall.arguments);
        text +=
          typed({ type: "response.output_item.added", output_index: 1, item: { ...call, arguments: "" } }) +
          typed({ type: "response.function_call_arguments.delta", item_id: call.id, output_index: 1, delta: args }) +
          typed({ type: "response.output_item.done", output_index: 1, item: { ...call, arguments: args, status: "completed" } });
      }
      const usage = { input_tokens: 1, output_tokens: sent };
      return text + typed({ type: "response.completed", response: { usage } });
    },
  };
}

/** OpenAI's error body. */
export function errorBody(message: string, type: string): string {
  return JSON.stringify({ error: { message, type, param: null, code: null } });
}
