export type IniSections = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * The format of AWS's shared files (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
 * Nested settings (indented lines) belong to services and are passed over. A section that comes twice
 * is one.
 */
export function parseIni(text: string): IniSections {
  const sections = new Map<string, Record<string, string>>();
  let current: Record<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;].*)?$/.test(line) || /^\s/.test(line)) continue;
    const header = /^\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.replace(/\s+/g, " ").replaceAll(/["']/g, "");
      current = sections.get(name) ?? {};
      sections.set(name, current);
      continue;
    }
    const at = line.indexOf("=");
    if (!current || at < 0) continue;
    const value = line.slice(at + 1).replace(/\s[#;].*$/, "");
    current[line.slice(0, at).trim().toLowerCase()] = value.trim();
  }
  return sections;
}
