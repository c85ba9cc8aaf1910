import type { z } from "zod";
import { privateArguments, redactUri } from "../telemetry/redact.ts";
import type { Config } from "./config.ts";
import { isRecord } from "./file/raw-value.ts";
import { marksOf, memberSchemas, type Schema } from "./file/schema-walk.ts";
import { CREDENTIAL_SCHEMAS } from "./schemas/consumer.ts";

const REDACTED = "***";

/** The same configuration, fit to be shown: secrets are `***`. */
export function redact(config: Config): Config {
  return {
    ...config,
    plugins: config.plugins.map((plugin) => ({
      ...plugin,
      options: redactedOptions(plugin.definition.options, plugin.options),
    })),
    certificates: config.certificates.map(({ alternate, ...one }) => ({
      ...one,
      key: REDACTED,
      ...(alternate && { alternate: { ...alternate, key: REDACTED } }),
    })),
    credentials: config.credentials.map((credential) => {
      const fields = redacted([CREDENTIAL_SCHEMAS[credential.type]], credential.fields);
      return { ...credential, fields: isRecord(fields) ? fields : {} };
    }),
  };
}

/** A value less its secrets: what its schema marks as one is `***`, and addresses lose their credentials. */
export function redactedOptions(schema: z.ZodType, value: unknown): unknown {
  return redacted([schema], value);
}

const ADDRESS = /^(?:https?:\/)?\/\S*$/i;
const USER_INFO = /^(https?:\/\/)[^\s/?#]*@/i;

function redacted(schemas: readonly Schema[], value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (marksOf(schemas).secret) return REDACTED;
  if (typeof value === "string") {
    const hidden = ADDRESS.test(value) ? new Set(privateArguments(value)) : undefined;
    return redactUri(value.replace(USER_INFO, `$1${REDACTED}@`), hidden);
  }
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, index) => redacted(memberSchemas(schemas, index), item));
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      redacted(memberSchemas(schemas, key), member),
    ]),
  );
}
