import { isRecord, type RawRecord } from "../file/raw-value.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { didYouMean } from "../file/report.ts";
import { type Amount, readBudget, readLimit } from "./amounts.ts";
import type { NamedModel } from "./models.ts";
import { type ShortKey, type ShortTeam, shortTeamSchema } from "./schema.ts";

/** `teams` of a file, as far as each is what it should be. */
export function readTeams(written: unknown, reading: Reading): Readonly<Record<string, ShortTeam>> {
  if (!isRecord(written)) return {};
  const teams: Record<string, ShortTeam> = {};
  for (const [name, raw] of Object.entries(written)) {
    const team = readValue(shortTeamSchema, raw ?? {}, ["teams", name], reading);
    if (team) teams[name] = team;
  }
  return teams;
}

interface Budget extends Amount {
  readonly of: "key" | "team";
  readonly name: string;
  readonly consumers: readonly string[];
}

/** As options of the plugin that holds callers to it. */
export interface BudgetOptions extends RawRecord {
  readonly budgets: readonly Budget[];
}

/** What keys and teams may use, as options of the plugin that holds them to it; undefined where nothing is limited. */
export function budgetOptions(
  keys: ReadonlyMap<string, ShortKey>,
  teams: Readonly<Record<string, ShortTeam>>,
  { report }: Reading,
): BudgetOptions | undefined {
  const budgets: Budget[] = [];
  const add = (
    of: "key" | "team",
    name: string,
    consumers: readonly string[],
    spending: Spending,
  ) => {
    for (const amount of amountsOf(spending)) budgets.push({ of, name, consumers, ...amount });
  };
  for (const [name, key] of keys) add("key", name, [name], key);
  for (const [name, team] of Object.entries(teams)) {
    for (const [index, key] of team.keys.entries()) {
      if (keys.has(key)) continue;
      report.add({
        path: ["teams", name, "keys", index],
        message: `no key is called '${key}'`,
        hint: didYouMean(key, [...keys.keys()]),
      });
    }
    add("team", name, team.keys, team);
  }
  return budgets.length > 0 ? { budgets } : undefined;
}

type Spending = Pick<ShortKey, "budget" | "limit">;

function amountsOf({ budget, limit }: Spending): readonly Amount[] {
  const list = (written: string | readonly string[] | undefined) =>
    written === undefined ? [] : typeof written === "string" ? [written] : written;
  return [...list(budget).map(readBudget), ...list(limit).map(readLimit)].filter(
    (amount) => amount !== undefined,
  );
}

export function countsMoney(options: BudgetOptions | undefined): boolean {
  return options?.budgets.some(({ counts }) => counts === "cost") === true;
}

/** What a model costs is not known without its prices, and then no budget is used up by it. */
export function warnOfFreeModels(
  models: ReadonlyMap<string, NamedModel>,
  { report }: Reading,
): void {
  for (const [name, model] of models) {
    const isPriced = model
      .targets("llm/v1/chat")
      .every(({ model: { options } }) => isRecord(options) && "input_cost" in options);
    if (isPriced) continue;
    report.add({
      path: ["models", name],
      severity: "warning",
      part: "key",
      message: `'${name}' has no prices (options: input_cost, output_cost), so it uses up no budget in money`,
    });
  }
}
