import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { Fitting, ToolRules } from "./chat-rules.ts";
import { withoutNulls, withoutRefused } from "./fitted-parts.ts";
import type { ToolNames } from "./tool-names.ts";

/** The list itself where no tool changes. */
export function fittedTools(
  tools: readonly Json[],
  rules: ToolRules = {},
  fitting: Fitting,
): readonly Json[] | undefined {
  let changed: Json[] | undefined;
  for (const [index, tool] of tools.entries()) {
    if (!isJsonObject(tool)) continue;
    const fit = fittedTool(tool, rules, `tools[${index}]`, fitting);
    if (fit === tool) continue;
    changed ??= [...tools];
    changed[index] = fit;
  }
  return changed ?? tools;
}

function fittedTool(
  tool: JsonObject,
  rules: ToolRules,
  at: string,
  { vendor, tell, names }: Fitting,
): JsonObject {
  const drop = (where: string) => tell("dropped", where, `${vendor} does not take it`);
  const own = withoutRefused(tool, rules.refused, (member) => drop(`${at}.${member}`));
  const { function: declared, custom } = own;
  if (isJsonObject(declared)) {
    const named = withName(withoutNulls(declared), names);
    const clean = withoutRefused(named, rules.refusedInFunction, (member) => {
      if (declared[member] !== false) drop(`${at}.function.${member}`);
    });
    const whole =
      rules.needsParameters && clean.parameters === undefined
        ? { ...clean, parameters: { type: "object", properties: {} } }
        : clean;
    return whole === declared ? own : { ...own, function: whole };
  }
  if (isJsonObject(custom)) {
    const named = withName(custom, names);
    return named === custom ? own : { ...own, custom: named };
  }
  return own;
}

/** Which tools are to be called, under the names that the vendor takes. */
export function fittedChoice(choice: JsonObject, names: Fitting["names"]): JsonObject {
  const { allowed_tools: allowed } = choice;
  if (isJsonObject(allowed) && Array.isArray(allowed.tools)) {
    const tools = mapped(allowed.tools, (tool) => withChosenName(tool, names));
    return tools === allowed.tools ? choice : { ...choice, allowed_tools: { ...allowed, tools } };
  }
  return withChosenName(choice, names);
}

function withChosenName(choice: JsonObject, names: Fitting["names"]): JsonObject {
  for (const kind of ["function", "custom"]) {
    const chosen = choice[kind];
    if (!isJsonObject(chosen)) continue;
    const named = withName(chosen, names);
    if (named !== chosen) return { ...choice, [kind]: named };
  }
  return choice;
}

function mapped(list: readonly Json[], change: (item: JsonObject) => JsonObject): readonly Json[] {
  const items = list.map((item) => (isJsonObject(item) ? change(item) : item));
  return items.some((item, at) => item !== list[at]) ? items : list;
}

/** The same under the name that the vendor takes. */
export function withName(named: JsonObject, names: ToolNames | undefined): JsonObject {
  if (!names || typeof named.name !== "string") return named;
  const name = names.sent(named.name);
  return name === named.name ? named : { ...named, name };
}
