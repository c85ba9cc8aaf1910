import { PROVIDER_NAMES, type ProviderName } from "../../providers/target-schema.ts";
import type { LoadContext } from "../config.ts";
import { isRecord, type Path } from "../file/raw-value.ts";
import { type Reading, readValue } from "../file/read-value.ts";
import { didYouMean, type Finding } from "../file/report.ts";
import { detectProviders } from "./detect.ts";
import type { Keyed, TargetOf } from "./models.ts";
import { type ShortProvider, shortProviderSchema } from "./schema.ts";
import { targetInput } from "./target.ts";
import { fillVariables } from "./variables.ts";

/** `providers` of a file, or those that the environment is set up for: of each a target for each of its keys. */
export function readProviders(
  written: unknown,
  { env }: LoadContext,
  reading: Reading,
): Map<string, Keyed> {
  const providers = written ?? detectProviders(env, { ollama: false }).providers;
  const targets = new Map<string, Keyed>();
  if (!isRecord(providers)) return targets;
  for (const [name, raw] of Object.entries(providers)) {
    const path = ["providers", name];
    const filled = fillVariables(typeof raw === "string" ? { key: raw } : raw, path, env, reading);
    const provider =
      readValue(shortProviderSchema, filled ?? {}, path, reading) ?? knownFieldsOf(filled);
    const type = (isRecord(filled) ? filled["type"] : undefined) ?? name;
    if (!isProviderName(type)) {
      // A type that is written and none has been reported as such.
      if (type === name) refuseName(name, path, reading);
      continue;
    }
    if (provider === undefined) continue;
    const urlFault = baseUrlFault(type, provider);
    if (urlFault !== undefined) reading.report.add({ path: [...path, "url"], message: urlFault });
    checkKeys(provider, path, reading);
    const [first, ...others] = typeof provider.key === "object" ? provider.key : [provider.key];
    const withKey =
      (key: string | undefined): TargetOf =>
      (routeType) =>
        targetInput({ ...provider, name, type, key }, routeType);
    targets.set(name, [withKey(first), ...others.map(withKey)]);
  }
  return targets;
}

function checkKeys({ key }: ShortProvider, path: Path, { report }: Reading): void {
  const keys = typeof key === "string" ? [key] : (key ?? []);
  for (const [index, one] of keys.entries()) {
    const fault = keyFault(one);
    const place = typeof key === "string" ? [...path, "key"] : [...path, "key", index];
    if (fault !== undefined) report.add({ path: place, ...fault });
  }
}

/** A provider with fields that are none: what the others lack is told beside those. */
function knownFieldsOf(written: unknown): ShortProvider | undefined {
  if (!isRecord(written)) return undefined;
  const known = Object.entries(written).filter(([field]) => field in shortProviderSchema.shape);
  return shortProviderSchema.safeParse(Object.fromEntries(known)).data;
}

function refuseName(name: string, path: Path, { report }: Reading): void {
  report.add({
    path,
    part: "key",
    message: `'${name}' is no provider: set its type to one of ${PROVIDER_NAMES.join(", ")}; openai, with a url, for one that speaks OpenAI's API`,
    hint: didYouMean(name, PROVIDER_NAMES),
  });
}

function isProviderName(name: unknown): name is ProviderName {
  return PROVIDER_NAMES.some((one) => one === name);
}

/** Vendors whose operation's path holds the model: a base URL cannot be completed ahead of a call. */
const HOLDS_MODEL: ReadonlySet<ProviderName> = new Set(["bedrock", "gemini"]);

/** The end of a URL that names one operation. */
const OPERATION =
  /\/(?:(?:chat\/)?completions|embeddings|messages|complete|responses|models|api\/(?:chat|generate|embed|embeddings|tags)|generate(?:_stream)?|(?:(?<=\/v[12]\/)(?:chat|embed)))\/*$/;

/** What is wrong with a provider's url, which is a base that each call appends its operation to. */
function baseUrlFault(type: ProviderName, { url, format }: ShortProvider): string | undefined {
  if (url === undefined) return undefined;
  if (HOLDS_MODEL.has(type)) {
    return `a url for ${type} is not built yet: its paths hold the model's name`;
  }
  // A server of plain prompts has one address, and it is called as it is written.
  if (format === "raw") return undefined;
  const [ending] = OPERATION.exec(url) ?? [];
  if (ending === undefined) return undefined;
  return `is the address of one operation, and each call appends its own: write ${url.slice(0, -ending.length)}`;
}

const WITH_SCHEME = /^bearer\s/i;

const VARIABLE_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|TOKEN|SECRET)$/;

/** What is wrong with a provider's key, which becomes the value of the header that this vendor reads. */
function keyFault(key: string): Omit<Finding, "path"> | undefined {
  if (WITH_SCHEME.test(key)) {
    return {
      message: "is the key alone, without 'Bearer': that is added where the vendor wants it",
    };
  }
  if (!VARIABLE_NAME.test(key)) return undefined;
  const message =
    "looks like the name of a variable, and is sent as it stands: for its value write a $ before it";
  return { message, severity: "warning" };
}
