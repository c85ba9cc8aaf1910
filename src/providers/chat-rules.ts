import type { Json, JsonObject } from "../chat/json.ts";
import type { Notice } from "../chat/request.ts";
import type { ToolNameRule, ToolNames } from "./tool-names.ts";

/**
 * What a vendor, or one family of its models, takes of OpenAI's dialect. What stands nowhere here is
 * taken as it comes. `fitted` acts on it, and the fidelity page is written from it.
 */
export interface ChatRules {
  /** The one member that it knows for the cap on output tokens. */
  readonly tokenCap?: "max_tokens" | "max_completion_tokens";
  /** Members of the request that it refuses, or takes otherwise. */
  readonly members?: Readonly<Record<string, MemberRule>>;
  /** The only members of a request that it knows beside those above; absent where it minds no others. */
  readonly known?: ReadonlySet<string>;
  /** Members that it must be told although the client says nothing of them. */
  readonly needs?: (request: JsonObject) => JsonObject;
  readonly messages?: MessageRules;
  readonly tools?: ToolRules;
}

/** `refused`: left out, which is told unless nothing is lost by it. */
export type MemberRule = "refused" | Adaptation;

export interface Adaptation {
  /** What becomes of it, for the reference page. */
  readonly about: string;
  /** Undefined where the value is taken as it came. */
  adapt(value: Json, request: JsonObject): Adapted | undefined;
}

export interface Adapted {
  /** What stands in the request instead, by name; of a member that it has already, that stays. */
  readonly members: JsonObject;
  /** The same of members that give way to it. */
  readonly replaced?: JsonObject;
  /** Words for the system's turn, which say what no member does. */
  readonly instruction?: string;
  /** What is lost by it; absent where nothing is. */
  readonly loss?: Pick<Notice, "kind" | "reason">;
  /** Other members that have no place beside these. */
  readonly without?: readonly string[];
}

export type Role = "system" | "developer" | "user" | "assistant" | "tool" | "function";

export interface MessageRules {
  /** Roles that it does not know, and the one that stands in. */
  readonly roles?: Readonly<Partial<Record<Role, Role>>>;
  /** The only members of a message that it knows. */
  readonly known?: Readonly<Partial<Record<Role, ReadonlySet<string>>>>;
  /** Members that it refuses in any message. */
  readonly refused?: ReadonlySet<string>;
  /** Members of a part of content that it refuses. */
  readonly refusedInParts?: ReadonlySet<string>;
  /** Roles whose content is one text, never a list. */
  readonly plainText?: ReadonlySet<Role>;
  /** Kinds of parts that it refuses, or has in other words. */
  readonly parts?: Readonly<Record<string, "refused" | ((part: JsonObject) => JsonObject)>>;
  readonly callIds?: CallIds;
  /** The only members that it knows of a call, and of the function that is called. */
  readonly knownInCalls?: ReadonlySet<string>;
  /** Members that every assistant's turn with tool calls must have. */
  readonly besideCalls?: JsonObject;
  /** A refusal has no seat of its own there, and is what was said. */
  readonly refusalIsText?: true;
  /** What it asks of the conversation as a whole; the same list where nothing is amiss. */
  readonly order?: (messages: readonly Json[], tell: Tell) => readonly Json[];
}

/**
 * Which ids of tool calls a vendor takes back in a conversation. Others give way to ids that follow
 * from them, so that a conversation can move from one vendor to another and calls still find their results.
 */
export interface CallIds {
  readonly accepted: RegExp;
  /** One that it takes, from 64 hexadecimal digits that follow from another. */
  made(digits: string): string;
}

export interface ToolRules {
  readonly names?: ToolNameRule;
  /** Members of a tool that it refuses. */
  readonly refused?: ReadonlySet<string>;
  /** Members of a tool's function that it refuses. */
  readonly refusedInFunction?: ReadonlySet<string>;
  /** It insists on a schema for the arguments of every function. */
  readonly needsParameters?: true;
  /** It minds neither an empty list nor a choice beside none. */
  readonly mayBeIdle?: true;
}

export type Tell = (kind: Notice["kind"], field: string, reason: string) => void;

/** Rules of a vendor, and what some of its models have otherwise: later ones add to earlier ones. */
export type FamilyRules = readonly {
  /** Which models, for the reference page; empty for all of them. */
  readonly about: string;
  readonly models?: { test(model: string): boolean };
  readonly rules: ChatRules;
}[];

/** Who is asked, and where it is noted what is lost and which names give way. */
export interface Fitting {
  readonly vendor: string;
  readonly tell: Tell;
  readonly names: ToolNames | undefined;
}
