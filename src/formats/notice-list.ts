import type { Message } from "../chat/message.ts";
import type { ChatRequest, Notice, Tool } from "../chat/request.ts";

/** Collects what a format could not carry, in the order it was met. */
export interface NoticeList {
  readonly notices: readonly Notice[];
  dropped(field: string, reason: string): void;
  approximated(field: string, reason: string): void;
}

export function noticeList(): NoticeList {
  const notices: Notice[] = [];
  return {
    notices,
    dropped: (field, reason) => notices.push({ kind: "dropped", field, reason }),
    approximated: (field, reason) => notices.push({ kind: "approximated", field, reason }),
  };
}

/**
 * The members that came from `format`, to be written as they stand. Those of another wire are
 * dropped with a notice each; `extra_body` is not, since it is merged in later.
 */
export function ownExtra(
  chat: ChatRequest,
  format: string,
  list: NoticeList,
): ChatRequest["extra"] {
  if (!chat.extra || chat.extraFormat === format) return chat.extra;
  for (const field of Object.keys(chat.extra)) {
    if (field === "extra_body") continue;
    list.dropped(field, "This model's API has no such member.");
  }
  return undefined;
}

/** For a format without prompt-cache points. */
export function dropCachePoints(
  messages: readonly Message[],
  tools: readonly Tool[],
  list: NoticeList,
): void {
  const reason = "This model's API has no prompt-cache points.";
  for (const [i, message] of messages.entries()) {
    for (const [k, part] of message.content.entries()) {
      if (!("cache" in part) || !part.cache) continue;
      list.dropped(`messages[${i}].content[${k}].cache_control`, reason);
    }
  }
  for (const [i, tool] of tools.entries()) {
    if (tool.type === "function" && tool.cache) list.dropped(`tools[${i}].cache_control`, reason);
  }
}

/** For a format that does not say who speaks within a role. */
export function dropNames(messages: readonly Message[], list: NoticeList): void {
  for (const [i, message] of messages.entries()) {
    if (message.role === "tool" || message.name === undefined) continue;
    list.dropped(`messages[${i}].name`, "This model's API does not name the participants.");
  }
}
