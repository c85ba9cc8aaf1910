/** A page's fenced blocks that do something, in order. */
export type PageStep =
  /** ```` ```yaml file=gateway.yaml ````: a file to write. */
  | { readonly do: "write"; readonly file: string; readonly text: string }
  /** ```` ```sh ````: commands to paste, and what the page says they print. */
  | { readonly do: "run"; readonly commands: string; readonly prints: string | undefined }
  /** ```` ```sh terminal=1 ````: a command that stays; it ends what ran in that terminal before. */
  | {
      readonly do: "start";
      readonly terminal: string;
      readonly command: string;
      readonly prints: string | undefined;
    };

const FENCE = /^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm;

/**
 * Reads a page. A block marked `skip` is only for people; one marked `output` is what the commands
 * before it print, where `…` stands for anything.
 */
export function readPage(markdown: string): readonly PageStep[] {
  const steps: PageStep[] = [];
  for (const match of markdown.matchAll(FENCE)) {
    const [, language = "", info = "", text = ""] = match;
    const marks = new Map(info.trim().split(/\s+/).map(markOf));
    const file = marks.get("file");
    const last = steps.at(-1);
    if (marks.has("skip")) continue;
    if (file !== undefined) steps.push({ do: "write", file, text });
    else if (language === "sh") steps.push(command(text, marks.get("terminal")));
    else if (marks.has("output") && last && last.do !== "write") {
      steps[steps.length - 1] = { ...last, prints: text };
    }
  }
  return steps;
}

function command(text: string, terminal: string | undefined): PageStep {
  return terminal === undefined
    ? { do: "run", commands: text, prints: undefined }
    : { do: "start", terminal, command: text.trim(), prints: undefined };
}

function markOf(mark: string): readonly [string, string] {
  const [name = "", value = ""] = mark.split("=");
  return [name, value];
}

/** Whether an output is as the page has it, where `…` stands for anything. */
export function isAsWritten(output: string, written: string): boolean {
  const parts = written
    .trim()
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[\\s\\S]*?")}$`).test(output.trim());
}
