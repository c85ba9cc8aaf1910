/** `npm run docs [-- --check]`: writes docs/reference from the code, or says which pages are stale. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { referencePages } from "./reference-pages.ts";

const FOLDER = join(import.meta.dirname, "reference");

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    const stale = await stalePages();
    for (const page of stale) console.error(`docs/reference/${page} is stale: run npm run docs`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    await write();
  }
}

/** Pages that are missing, different, or no longer wanted. */
export async function stalePages(): Promise<readonly string[]> {
  const pages = await referencePages();
  const present = existing();
  const different = [...pages].filter(([path, text]) => {
    return !present.includes(path) || readFileSync(join(FOLDER, path), "utf8") !== text;
  });
  const unwanted = present.filter((path) => !pages.has(path));
  return [...different.map(([path]) => path), ...unwanted];
}

async function write(): Promise<void> {
  const pages = await referencePages();
  for (const path of existing()) if (!pages.has(path)) rmSync(join(FOLDER, path));
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(FOLDER, path)), { recursive: true });
    writeFileSync(join(FOLDER, path), text);
  }
  console.log(`docs/reference: ${pages.size} pages`);
}

function existing(): readonly string[] {
  const entries = readdirSync(FOLDER, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(FOLDER.length + 1))
    .map((path) => path.replaceAll("\\", "/"));
}
