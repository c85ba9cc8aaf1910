import { modelOptionsSchema } from "./model-options-schema.ts";
import type { TargetConfig } from "./target-schema.ts";

type Model = TargetConfig["model"];

const DEFAULTS: Readonly<Record<string, unknown>> = modelOptionsSchema.parse({});

/**
 * The model with its aliases resolved: `model` stands in for `name`, and `metadata` fills options
 * that are not set. Metadata that names no option is ignored; throws `ZodError` where it names one
 * with a value of the wrong kind.
 */
export function effectiveModel(model: Model): Model {
  const { model: otherName, metadata, ...rest } = model;
  const name = rest.name ?? otherName;
  const named = name === undefined ? rest : { ...rest, name };
  if (!metadata) return named;
  const extra = Object.entries(metadata).filter(([field]) => field in modelOptionsSchema.shape);
  const options = { ...Object.fromEntries(extra), ...explicit(model.options) };
  return { ...named, options: modelOptionsSchema.parse(options) };
}

/** What was written, as far as it differs from the default. */
function explicit(options: Model["options"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).filter(
      ([field, value]) =>
        value !== undefined && JSON.stringify(value) !== JSON.stringify(DEFAULTS[field]),
    ),
  );
}
