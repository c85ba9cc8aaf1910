/** A prompt in two parts: what is said in words, and what has to be the same to the letter. */
export interface Parts {
  readonly prose: string;
  readonly literals: readonly string[];
}

const FENCED = /```[\s\S]*?(?:```|$)/g;
const INLINE = /`[^`\n]+`/g;
const QUOTED = /"[^"\n]+"|“[^”\n]+”|«[^»\n]+»|「[^」\n]+」|『[^』\n]+』|„[^“”\n]+[“”]/g;
/** A line of a program that nobody fenced; asked only of prompts with several lines. */
const CODE_LINE =
  /[;{}]\s*$|^\s*(?:def|class|import|from|func|function|const|let|var|public|private|return|select|insert|update|delete|create|alter|#include|\$|>>>|@)\s|\w\([^)]*\)|=>|==|!=|::|^\s*<\/?\w|^\s*[\w.-]+\s*[:=]\s*\S*$/i;

/** Takes code, quotations and anything in braces or brackets out of a text, in order. */
export function partsOf(text: string): Parts {
  const literals: string[] = [];
  const take = (literal: string): string => {
    literals.push(literal.replaceAll("\r\n", "\n").trim());
    return " ";
  };
  const unfenced = text.replace(FENCED, take).replace(INLINE, take);
  const prose = withoutBrackets(unfenced, take).replace(QUOTED, take);
  if (!prose.trim().includes("\n")) return { prose, literals };
  const kept = prose.split("\n").map((line) => (CODE_LINE.test(line) ? take(line) : line));
  return { prose: kept.join("\n"), literals };
}

/** A region from a brace or bracket to the one that closes it, or to the end, is taken whole. */
function withoutBrackets(text: string, take: (literal: string) => string): string {
  let [kept, from, depth] = ["", 0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === "{" || sign === "[") {
      if (depth === 0) {
        kept += text.slice(from, at);
        from = at;
      }
      depth += 1;
    } else if ((sign === "}" || sign === "]") && depth > 0) {
      depth -= 1;
      if (depth > 0) continue;
      kept += take(text.slice(from, at + 1));
      from = at + 1;
    }
  }
  return kept + (depth > 0 ? take(text.slice(from)) : text.slice(from));
}
