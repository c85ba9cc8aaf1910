import type { ChatRequest } from "../chat/request.ts";

/** An empty list is none to a vendor of another dialect, and without tools there is no choice to leave to the model. */
export function withoutEmptyLists(chat: ChatRequest): ChatRequest {
  const { tools, stop, toolChoice, ...rest } = chat;
  const hasTools = tools !== undefined && tools.length > 0;
  const isIdle = !hasTools && (toolChoice?.type === "auto" || toolChoice?.type === "none");
  if (tools?.length !== 0 && stop?.length !== 0 && !isIdle) return chat;
  return {
    ...rest,
    ...(hasTools && { tools }),
    ...(stop && stop.length > 0 && { stop }),
    ...(toolChoice && !isIdle && { toolChoice }),
  };
}
