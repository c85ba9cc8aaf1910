import { ANY_FAILURE, type BalancerOptions } from "../../plugins/balancer-schema.ts";
import type { RouteType } from "../../providers/operations.ts";
import { isRecord, type Path } from "../file/raw-value.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { didYouMean } from "../file/report.ts";
import { type CachedModel, cachedModel } from "./cache.ts";
import { type ShortModel, shortModelSchema } from "./schema.ts";
import { forModel, type TargetInput, targetInput } from "./target.ts";

/** One target for an operation. */
export type TargetOf = (routeType: RouteType) => TargetInput;

/** The targets of a provider: one for each of its keys. */
export type Keyed = readonly [TargetOf, ...TargetOf[]];

/** One name that can be called. */
export interface NamedModel {
  /** `provider/model` of each that serves it, as the file names them. */
  readonly uses: readonly string[];
  targets(routeType: RouteType): readonly (TargetInput & { readonly weight: number })[];
  /** How its answers are kept, where they are. */
  readonly cache: CachedModel | undefined;
  /** As the options of a balancer say it, where there are several targets. */
  readonly balancer: Partial<BalancerOptions> | undefined;
}

/** How several targets share the work, in the short form's words and in the balancer's own. */
const BALANCES: Readonly<Record<string, Partial<BalancerOptions>>> = {
  order: { algorithm: "priority" },
  priority: { algorithm: "priority" },
  "round-robin": { algorithm: "round-robin" },
  latency: { algorithm: "lowest-latency" },
  "lowest-latency": { algorithm: "lowest-latency" },
  usage: { algorithm: "lowest-usage" },
  "lowest-usage": { algorithm: "lowest-usage" },
  cost: { algorithm: "lowest-usage", tokens_count_strategy: "cost" },
  connections: { algorithm: "least-connections" },
  "least-connections": { algorithm: "least-connections" },
  hash: { algorithm: "consistent-hashing" },
  "consistent-hashing": { algorithm: "consistent-hashing" },
};

/** The weight of a target of which nothing is said. */
const WEIGHT = 100;
const MAX_SHARE = 100;

/** What comes with the gateway needs no line among the providers. */
const LOCAL: Keyed = [(routeType) => targetInput({ name: "local", type: "local" }, routeType)];

/** `provider/model`, and how many shares of the work it gets. */
interface Use {
  readonly provider: string;
  readonly keys: Keyed;
  readonly model: string;
  readonly shares: number;
}

export function readModels(
  written: unknown,
  providers: ReadonlyMap<string, Keyed>,
  reading: Reading,
): Map<string, NamedModel> {
  const models = new Map<string, NamedModel>();
  if (!isRecord(written)) return models;
  for (const [name, raw] of Object.entries(written)) {
    const path = ["models", name];
    const model = readValue(shortModelSchema, raw, path, reading);
    if (model === undefined) checkUses(raw, path, providers, reading);
    const named = model === undefined ? undefined : namedModel(model, path, providers, reading);
    if (named !== undefined) models.set(name, named);
  }
  return models;
}

/** For a model whose fields are wrong: that must not hide a provider that is none. */
function checkUses(
  raw: unknown,
  path: Path,
  providers: ReadonlyMap<string, Keyed>,
  reading: Reading,
): void {
  const use = isRecord(raw) ? raw["use"] : undefined;
  const uses: readonly unknown[] = Array.isArray(use) ? use : [use];
  for (const [index, one] of uses.entries()) {
    const at = Array.isArray(use) ? [...path, "use", index] : [...path, "use"];
    if (typeof one === "string" && one !== "") useOf(one, at, providers, reading);
  }
}

function namedModel(
  model: ShortModel,
  path: Path,
  providers: ReadonlyMap<string, Keyed>,
  reading: Reading,
): NamedModel | undefined {
  const isPlain = typeof model === "string" || Array.isArray(model);
  const { use, options = {}, balance, cache, timeout } = isPlain ? { use: model } : model;
  const { report } = reading;
  const usePath = isPlain ? path : [...path, "use"];
  const written = typeof use === "string" ? [use] : use;
  if (written.length === 0) report.add({ path: usePath, message: "length must be at least 1" });
  const isOrdered = balance === undefined ? written.length > 1 : isOrder(balance);
  const balancer = balance === undefined ? undefined : balancerOf(balance, path, reading);
  const { input_cost: input, output_cost: output } = options;
  if (balancer?.tokens_count_strategy === "cost" && (input === undefined || output === undefined)) {
    const message = "needs the prices: set 'options.input_cost' and 'options.output_cost'";
    report.add({ path: [...path, "balance"], message });
  }
  const uses = written.map((one, index) => {
    const at = typeof use === "string" ? usePath : [...usePath, index];
    const found = useOf(one, at, providers, reading);
    if (found && isOrdered && found.shares > 1) {
      const message = "shares are for targets that share the work; these are asked in order";
      report.add({ path: at, message });
    }
    return found;
  });
  const known = uses.filter((one) => one !== undefined);
  if (known.length < written.length || known.length === 0) return undefined;
  const isOne = known.length === 1 && known[0]?.keys.length === 1;
  const chosen = balancer ?? (written.length > 1 ? BALANCES["order"] : BALANCES["round-robin"]);
  return {
    uses: known.map(({ provider, model: called }) => `${provider}/${called}`),
    cache: cache && cachedModel(cache, path, reading),
    balancer: isOne ? undefined : { ...chosen, failover_criteria: [...ANY_FAILURE] },
    targets: (routeType) =>
      known.flatMap(({ keys, model: called, shares }, index) =>
        keys.map((targetOf) => ({
          ...forModel(targetOf(routeType), called, { options, timeout }),
          // In order, the first has the highest rank; else the keys of a provider divide its share.
          weight: isOrdered
            ? known.length - index
            : Math.max(1, Math.round((WEIGHT * shares) / keys.length)),
        })),
      ),
  };
}

/** How the list of models shows a name: of several targets, which they are and how they share. */
export function listedAs({ uses, balancer }: NamedModel): object {
  return balancer === undefined ? {} : { balance: balancer.algorithm, targets: uses };
}

function isOrder(balance: string): boolean {
  return BALANCES[balance]?.algorithm === "priority";
}

function balancerOf(
  balance: string,
  path: Path,
  { report }: Reading,
): Partial<BalancerOptions> | undefined {
  const [, word = "", header] = /^(\S+)(?:\s+(?:on\s+)?(\S+))?$/.exec(balance) ?? [];
  const known = BALANCES[word];
  if (known && header === undefined) return known;
  if (known?.algorithm === "consistent-hashing" && header !== undefined) {
    return { ...known, hash_on_header: header };
  }
  const words = ["order", "round-robin", "latency", "usage", "cost", "connections", "hash"];
  report.add({
    path: [...path, "balance"],
    message:
      balance === "semantic"
        ? "semantic needs descriptions and an embedding model: use ai-proxy-advanced"
        : `expected one of: ${words.join(", ")} (or hash on HEADER)`,
    hint: didYouMean(balance, words),
  });
  return undefined;
}

/** `provider/model`, or `provider/model x2` for two shares; without a slash, of the only provider. */
function useOf(
  written: string,
  path: Path,
  providers: ReadonlyMap<string, Keyed>,
  { report, document }: Reading,
): Use | undefined {
  const [, use = written, times] = /^(\S+)\s+x(\d+)$/.exec(written) ?? [];
  const shares = times === undefined ? 1 : Number(times);
  if (shares < 1 || shares > MAX_SHARE) {
    report.add({ path, message: `shares should be between 1 and ${MAX_SHARE}` });
    return undefined;
  }
  const slash = use.indexOf("/");
  const [only, ...others] = providers;
  if (slash === -1 && only !== undefined && others.length === 0) {
    return { provider: only[0], keys: only[1], model: use, shares };
  }
  const provider = use.slice(0, Math.max(0, slash));
  const model = use.slice(slash + 1);
  if (slash === -1 || model === "") {
    report.add({ path, message: "write it as provider/model" });
    return undefined;
  }
  const keys = providers.get(provider) ?? (provider === "local" ? LOCAL : undefined);
  const root = document.value;
  const inFile = isRecord(root) && isRecord(root["providers"]) ? root["providers"] : {};
  // A provider that stands in the file and is wrong has been reported.
  if (keys === undefined && !Object.hasOwn(inFile, provider)) {
    report.add({
      path,
      message: `no provider is called '${provider}'`,
      hint: didYouMean(provider, [...providers.keys(), ...Object.keys(inFile)]),
    });
  }
  return keys && { provider, keys, model, shares };
}
