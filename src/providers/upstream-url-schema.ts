import { z } from "zod";
import { hasTemplate } from "./templates.ts";

const ABSOLUTE = /^(?:https?|wss?):\/\/[^/?#]/;
const PLACEHOLDER = /\$\([^)]*\)/g;

/** An absolute URL, which may hold templates. */
export const upstreamUrlSchema = z
  .string()
  .regex(ABSOLUTE, "expected a URL that begins with http:// or https://")
  .superRefine((url, context) => {
    if (!ABSOLUTE.test(url)) return;
    const message = problemOf(url);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

function problemOf(url: string): string | undefined {
  const authority = /\/\/([^/?#]*)/.exec(url.replace(PLACEHOLDER, ""))?.[1] ?? "";
  if (authority.includes("@")) return "a url with a user name or password is not built yet";
  return hasTemplate(url) || URL.canParse(url) ? undefined : "expected a URL";
}
