import type { Tell } from "./chat-rules.ts";
import type { ToolNames } from "./tool-names.ts";

/** Who is asked, and where it is noted what is lost and which names give way. */
export interface Fitting {
  readonly vendor: string;
  readonly tell: Tell;
  readonly names: ToolNames | undefined;
}
