import { PROVIDER_NAMES } from "../../providers/target-schema.ts";
import { isRecord, type RawRecord } from "./raw-value.ts";
import type { Finding } from "./report.ts";

/** What to write instead of a file that is another program's; undefined for one that is not. */
export function foreignFile(root: RawRecord): Finding | undefined {
  const { model_list: list } = root;
  if (Array.isArray(list)) {
    const entries: readonly unknown[] = list;
    return told("model_list", "LiteLLM", entries.map(liteLlmModel));
  }
  const isDeclarative = ["_format_version", "providers", "models"].some((field) => field in root);
  if (isDeclarative) return undefined;
  const { kind, plugin, targets } = root;
  if (typeof kind === "string" && ["apiVersion", "metadata", "spec"].some((one) => one in root)) {
    const message = "this is a resource of Kubernetes', and only files are read here";
    const own = "plugins: [{ name: %, config: … }] in a file that begins with _format_version";
    const hint =
      typeof plugin === "string" ? `a KongPlugin is ${own.replace("%", plugin)}` : undefined;
    return { path: ["kind"], part: "key", message, hint };
  }
  if (isRecord(root["strategy"]) && Array.isArray(targets)) {
    const entries: readonly unknown[] = targets;
    return told("targets", "Portkey", entries.map(portkeyTarget));
  }
  if (typeof root["provider"] === "string") {
    return told("provider", "Portkey", [portkeyTarget(root)]);
  }
  return undefined;
}

interface ForeignModel {
  readonly name: string;
  readonly type: string;
  readonly model: string;
  readonly url: string | undefined;
}

/** `litellm_params.model` is `provider/model`; what is not is OpenAI's. */
function liteLlmModel(entry: unknown): ForeignModel | undefined {
  if (!isRecord(entry) || !isRecord(entry["litellm_params"])) return undefined;
  const { model, api_base: url } = entry["litellm_params"];
  if (typeof model !== "string") return undefined;
  const slash = model.indexOf("/");
  return {
    name: textOf(entry["model_name"]) ?? model,
    type: slash < 0 ? "openai" : model.slice(0, slash),
    model: model.slice(slash + 1),
    url: textOf(url),
  };
}

function portkeyTarget(entry: unknown): ForeignModel | undefined {
  if (!isRecord(entry)) return undefined;
  const { provider, override_params: params, custom_host: url } = entry;
  const type = textOf(provider)?.replace(/^@/, "");
  if (type === undefined) return undefined;
  const model = (isRecord(params) ? textOf(params["model"]) : undefined) ?? "MODEL";
  return { name: "chat", type, model, url: textOf(url) };
}

/** Only names and addresses are shown: keys may stand in such a file as they are. */
function told(
  field: string,
  whose: string,
  models: readonly (ForeignModel | undefined)[],
): Finding {
  const [first] = models.filter((model) => model !== undefined);
  const words = `this is a file of ${whose}'s: write providers and models of the short form`;
  return {
    path: [field],
    part: "key",
    message: first === undefined ? words : `${words}, ${example(first)}`,
  };
}

function example({ name, type, model, url }: ForeignModel): string {
  const known = PROVIDER_NAMES.find((one) => one === type) ?? "openai";
  const members = [
    ...(known === type ? [] : [`type: ${known}`]),
    `key: $${known.toUpperCase()}_API_KEY`,
    ...(url === undefined ? [] : [`url: ${url}`]),
  ];
  return `as in { providers: { ${type}: { ${members.join(", ")} } }, models: { ${name}: ${type}/${model} } }`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
