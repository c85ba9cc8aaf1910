import type { SourceDocument } from "../file/document.ts";
import { isRecord, type Path } from "../file/raw-value.ts";

/** Fields of the short form by the options that they become. */
const FIELDS: Readonly<Record<string, string>> = {
  anthropic_version: "api_version",
  azure_api_version: "api_version",
  azure_deployment_id: "deployment",
  azure_instance: "instance",
  bedrock: "region",
  databricks: "workspace",
  llama2_format: "format",
  mistral_format: "format",
  upstream_url: "url",
};

const OPTION = new RegExp(
  `(?:model\\.)?(?:options\\.)?(?:bedrock\\.|databricks\\.)?\\b(${[...Object.keys(FIELDS), "aws_region", "workspace_instance_id"].join("|")})\\b(?!\\.)`,
  "g",
);

/** A sentence about the options that the short form compiles into, in the short form's own words. */
export function inShortWords(message: string): string {
  return message.replace(OPTION, (written, option: string) => {
    if (option === "aws_region") return "region";
    if (option === "workspace_instance_id") return "workspace";
    return FIELDS[option] ?? written;
  });
}

/** From a place in the options that the short form compiles into, to the place in the file it comes from. */
export function shortFormPath(path: Path, { value }: Pick<SourceDocument, "value">): Path {
  const [list, name = "", ...inner] = path;
  if (list === "providers") return providerPath(value, name, inner);
  if (list === "other_keys") return providerPath(value, name, inner.slice(1));
  if (list === "balancers") return ["models", name, "balance"];
  if (list !== "models") return path;
  const within = inner.slice(1);
  if (within[0] === "model" && within[1] === "options") {
    const own = ["models", name, "options", ...within.slice(2)];
    if (valueAt(value, own) !== undefined) return own;
  }
  // What a model does not say itself, its provider says for all of its models.
  const provider = providerName(valueAt(value, ["models", name]), Number(inner[0]), value);
  return provider === undefined ? ["models", name] : providerPath(value, provider, within);
}

function providerPath(value: unknown, name: string | number, inner: Path): Path {
  const provider: Path = ["providers", name];
  if (inner[0] === "auth") return [...provider, "key"];
  if (inner[0] !== "model") return provider;
  if (inner[1] === "provider") return [...provider, "type"];
  if (inner[1] !== "options") return provider;
  const own = [...provider, "options", ...inner.slice(2)];
  if (valueAt(value, own) !== undefined) return own;
  const field = FIELDS[String(inner[2])];
  return field === undefined ? provider : [...provider, field];
}

/** `openai` of `openai/gpt-4o`; of several, the one that the target with this index comes from. */
function providerName(model: unknown, index: number, root: unknown): string | undefined {
  if (isRecord(model)) return providerName(model["use"], index, root);
  const uses: readonly unknown[] = Array.isArray(model) ? model : [model];
  let before = 0;
  for (const use of uses) {
    const provider = typeof use === "string" && use.includes("/") ? use.split("/")[0] : undefined;
    const keys = provider === undefined ? [] : valueAt(root, ["providers", provider, "key"]);
    before += Array.isArray(keys) ? Math.max(1, keys.length) : 1;
    if (index < before) return provider;
  }
  return undefined;
}

function valueAt(value: unknown, path: Path): unknown {
  let inner = value;
  for (const segment of path) {
    if (!isRecord(inner) || !Object.hasOwn(inner, segment)) return undefined;
    inner = inner[segment];
  }
  return inner;
}
