import { z } from "zod";
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

/** The same without the metadata that is wrong, and what is wrong with that: it hides nothing else. */
export function soundModel(model: Model): {
  readonly model: Model;
  readonly issues: readonly z.core.$ZodIssue[];
} {
  try {
    return { model: effectiveModel(model), issues: [] };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const { issues } = error;
    const wrong = new Set(issues.map(({ path: [field] }) => field));
    const sound = Object.entries(model.metadata ?? {}).filter(([field]) => !wrong.has(field));
    return { model: effectiveModel({ ...model, metadata: Object.fromEntries(sound) }), issues };
  }
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
