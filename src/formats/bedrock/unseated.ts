import type { Json } from "../../chat/json.ts";

/**
 * Takes note of what a client's Converse request says and the canonical request has no seat for, by
 * its path. It travels among the extra members, so that whatever the target, a notice names it.
 */
export type Unseated = (path: string, value: Json) => void;
