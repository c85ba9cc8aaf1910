import { derivedId } from "../build/identity.ts";
import { readPluginOptions } from "../build/plugin-options.ts";
import type { LoadContext, PluginInstance } from "../config.ts";
import type { Path } from "../file/path.ts";
import type { Reading } from "../file/read-value.ts";
import type { RawRecord } from "../file/record.ts";
import { inShortWords, shortFormPath } from "./form-path.ts";

interface Compiled {
  readonly name: string;
  readonly options: RawRecord;
  readonly scope: PluginInstance["scope"];
  /** Where in the file an option comes from. */
  readonly placeOf?: (option: Path) => Path;
}

/** A plugin that the short form compiles into; what is wrong with it is said of what stands in the file. */
export function shortPlugin(
  compiled: Compiled,
  { plugins }: LoadContext,
  reading: Reading,
): PluginInstance | undefined {
  const { document, report } = reading;
  const { name, options, scope } = compiled;
  const { placeOf = (option: Path) => shortFormPath(option, document) } = compiled;
  const definition = plugins.find((one) => one.name === name);
  if (definition === undefined) {
    report.add({ path: [], message: `plugin '${name}' is known but not built yet` });
    return undefined;
  }
  const parsed = readPluginOptions(definition, options, [], {
    ...reading,
    document: {
      ...document,
      template: (path) => document.template(placeOf(path)),
    },
    report: {
      ...report,
      add: (finding) => {
        const message = inShortWords(finding.message);
        report.add({ ...finding, message, path: placeOf(finding.path) });
      },
    },
  });
  const place = scope.routeId ?? scope.serviceId;
  return {
    id: derivedId("plugins", name, place),
    name,
    scope,
    options: parsed,
    definition,
    tags: [],
  };
}
