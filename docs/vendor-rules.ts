import type {
  ChatRules,
  FamilyRules,
  MessageRules,
  ToolRules,
} from "../src/providers/chat-rules.ts";
import type { Invocation } from "../src/providers/provider.ts";
import { columnOptions, VARIANTS, type Variant } from "./provider-fidelity.ts";

/** What each vendor, and each family of its models, takes of OpenAI's dialect: the providers' own tables. */
export function vendorRules(): string {
  const rows = VARIANTS.flatMap((variant) =>
    familiesOf(variant).flatMap(({ about, rules }) => {
      const [refused, otherwise] = [refusedBy(rules), otherwiseBy(rules)];
      if (refused.length + otherwise.length === 0) return [];
      const models = about === "" ? "all" : about;
      return [`| ${variant.label} | ${models} | ${refused.join(", ")} | ${otherwise.join("; ")} |`];
    }),
  );
  return ["| Provider | Models | Left out | Sent otherwise |", "|---|---|---|---|", ...rows].join(
    "\n",
  );
}

function familiesOf(variant: Variant): FamilyRules {
  const { families } = variant.provider;
  if (typeof families !== "function") return families ?? [];
  const invocation: Invocation = {
    routeType: "llm/v1/chat",
    model: variant.model,
    options: columnOptions(variant, "llm/v1/chat"),
    stream: false,
  };
  return families(invocation) ?? [];
}

function refusedBy({
  members = {},
  known,
  messages = {},
  tools = {},
}: ChatRules): readonly string[] {
  const own = Object.entries(members).filter(([, rule]) => rule === "refused");
  const parts = Object.entries(messages.parts ?? {}).filter(([, rule]) => rule === "refused");
  return [
    ...own.map(([member]) => code(member)),
    ...(known ? [`all but ${list([...known].filter((name) => name !== "messages"))}`] : []),
    ...parts.map(([kind]) => `parts ${code(kind)}`),
    ...refusedInside("messages[]", messages.refused),
    ...refusedInside("messages[].content[]", messages.refusedInParts),
    ...(messages.knownInCalls ? [`in calls all but ${list([...messages.knownInCalls])}`] : []),
    ...Object.entries(messages.known ?? {}).map(
      ([role, names]) => `in ${role} turns all but ${list([...names])}`,
    ),
    ...refusedInside("tools[]", tools.refused),
    ...refusedInside("tools[].function", tools.refusedInFunction),
  ];
}

function refusedInside(where: string, refused: ReadonlySet<string> | undefined): readonly string[] {
  return refused ? [`in ${code(where)} ${list([...refused])}`] : [];
}

function otherwiseBy({ tokenCap, members = {}, needs, messages = {}, tools = {} }: ChatRules) {
  return [
    ...(needs ? [`${list(Object.keys(needs({})))} where the client says nothing`] : []),
    ...(tokenCap ? [`the cap is ${code(tokenCap)}`] : []),
    ...Object.entries(members).flatMap(([member, rule]) =>
      rule === "refused" ? [] : [`${code(member)}: ${rule.about}`],
    ),
    ...turnsOtherwise(messages),
    ...toolsOtherwise(tools),
  ];
}

function turnsOtherwise(rules: MessageRules): readonly string[] {
  const { roles = {}, plainText, parts = {}, callIds, besideCalls, refusalIsText, order } = rules;
  const worded = Object.entries(parts).filter(([, rule]) => rule !== "refused");
  return [
    ...Object.entries(roles).map(([role, other]) => `${role} turns are ${other} turns`),
    ...(plainText ? [`lists of text become one text in ${[...plainText].join(", ")} turns`] : []),
    ...worded.map(([kind]) => `parts ${code(kind)} in its own words`),
    ...(callIds ? [`ids of calls fit ${code(callIds.accepted.source)}`] : []),
    ...(besideCalls ? [`calls have ${list(Object.keys(besideCalls))} beside them`] : []),
    ...(refusalIsText ? ["a refusal is what was said"] : []),
    ...(order ? ["turns in its order"] : []),
  ];
}

function toolsOtherwise({ names, needsParameters }: ToolRules): readonly string[] {
  return [
    ...(names ? [`names of tools fit ${code(names.accepted.source)}`] : []),
    ...(needsParameters ? ["functions without parameters get an empty schema"] : []),
  ];
}

function code(name: string): string {
  return `\`${name}\``;
}

function list(names: readonly string[]): string {
  return names.map(code).join(" ");
}
