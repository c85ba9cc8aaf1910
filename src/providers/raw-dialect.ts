import type { WireFormat } from "../formats/wire-format.ts";
import type { StreamEndings } from "./provider.ts";
import type { RouteType } from "./target-schema.ts";

/** For a server of plain prompts, which makes no difference between chats and completions. */
export function rawFormat(routeType: RouteType, format: WireFormat): WireFormat | undefined {
  return routeType === "llm/v1/chat" || routeType === "llm/v1/completions" ? format : undefined;
}

/** https://huggingface.github.io/text-generation-inference/ */
export const GENERATE_ENDINGS: StreamEndings = [["/generate", "/generate_stream"]];
