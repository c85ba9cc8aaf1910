import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compileTarget } from "../../../src/providers/target.ts";
import { targetSchema } from "../../../src/providers/target-schema.ts";
import { expandTemplate, type TemplateSource } from "../../../src/providers/templates.ts";

interface SourceFields {
  readonly headers?: Record<string, string>;
  readonly search?: string;
  readonly captures?: Record<string, string>;
}

function source({ headers = {}, search = "", captures = {} }: SourceFields): TemplateSource {
  return { headers: new Headers(headers), search, captures };
}

function compile(model: object) {
  return compileTarget(targetSchema.parse({ route_type: "llm/v1/chat", model }));
}

const expand = (template: string, fields: SourceFields) =>
  expandTemplate(template, source(fields), "text");

describe("templates", () => {
  test("from headers, captures and query, in name and nested options", () => {
    const target = compile({
      provider: "gemini",
      name: "$(headers.x-model)",
      options: {
        azure_deployment_id: "$(query_params.deployment)",
        gemini: {
          api_endpoint: "$(uri_captures.region)-aiplatform.googleapis.com",
          project_id: "p",
          location_id: "$(uri_captures.region)",
        },
      },
    });
    const { model } = target.resolve(
      source({
        headers: { "X-Model": "gemini-2.5-pro" },
        search: "?deployment=d%201",
        captures: { region: "us-west1" },
      }),
    );
    expect(model.name).toBe("gemini-2.5-pro");
    expect(model.options.azure_deployment_id).toBe("d 1");
    expect(model.options.gemini).toEqual({
      api_endpoint: "us-west1-aiplatform.googleapis.com",
      project_id: "p",
      location_id: "us-west1",
    });
  });

  test("several per string, with the text around them", () => {
    const fields = { headers: { x: "1", y: "2" }, search: "?z=3" };
    expect(expand("west-$(headers.x)-$(headers.Y)$(query_params.z)-end", fields)).toBe(
      "west-1-23-end",
    );
  });

  test("a key may hold dots; a repeated header or parameter gives its first value", () => {
    expect(expand("$(query_params.a.b)", { search: "?a.b=1&a.b=2" })).toBe("1");
    const headers = new Headers([
      ["x-model", "first"],
      ["x-model", "second"],
    ]);
    expect(expandTemplate("$(headers.x-model)", { ...source({}), headers }, "text")).toBe("first");
  });

  test("the configuration is not changed, and calls do not see each other", () => {
    const target = compile({ provider: "openai", name: "$(headers.m)" });
    const names = ["a", "b", "a", "c"].map(
      (m) => target.resolve(source({ headers: { m } })).model.name,
    );
    expect(names).toEqual(["a", "b", "a", "c"]);
    expect(target.config.model.name).toBe("$(headers.m)");
  });

  test("without templates every call gets the same object", () => {
    const target = compile({ provider: "openai", name: "gpt-4o" });
    expect(target.resolve(source({}))).toBe(target.resolve(source({ search: "?a=1" })));
  });

  test("an alias field and metadata are templates too", () => {
    const target = compile({
      provider: "openai",
      model: "$(headers.m)",
      metadata: { upstream_url: "https://h/$(headers.m)" },
    });
    const { model } = target.resolve(source({ headers: { m: "x" } }));
    expect([model.name, model.options.upstream_url]).toEqual(["x", "https://h/x"]);
  });
});

describe("template errors", () => {
  test.each([
    ["$(cookies.a)", "source 'cookies' is not supported"],
    ["$(headers)", "cannot parse expression for field '$(headers)'"],
    ["pre-$(headers.)-post", "cannot parse expression for field 'pre-$(headers.)-post'"],
    ["$(.a)", "cannot parse expression for field '$(.a)'"],
    ["$()", "cannot parse expression for field '$()'"],
    ["$(headers.x-none)", "headers key x-none was not provided"],
    ["$(query_params.none)", "query_params key none was not provided"],
    ["$(query_params.empty)", "query_params key empty was not provided"],
    ["$(uri_captures.uri_cap_3)", "uri_captures key uri_cap_3 was not provided"],
    ["$(uri_captures.constructor)", "uri_captures key constructor was not provided"],
    ["$(headers.not a name)", "headers key not a name was not provided"],
  ])("%s", (template, message) => {
    const attempt = () => expand(template, { search: "?empty" });
    expect(attempt).toThrow(expect.objectContaining({ code: "invalid_request", message }));
  });

  test("what is no placeholder stays as it is", () => {
    for (const text of ["$(unfinished", "$ (a.b)", "a$b"]) expect(expand(text, {})).toBe(text);
  });
});

describe("values keep to their place", () => {
  const urlOf = (upstream_url: string, value: string) =>
    compile({ provider: "openai", options: { upstream_url } }).resolve(
      source({ captures: { v: value } }),
    ).model.options.upstream_url;

  test("a host takes letters, digits, dots and hyphens only", () => {
    expect(urlOf("https://$(uri_captures.v).corp/x", "a-1.b")).toBe("https://a-1.b.corp/x");
    for (const value of ["a/b", "a:80", "a@b", "a#", "a?b", "a b", "a\\b", "ä", "%61", "a\n"]) {
      expect(() => urlOf("https://$(uri_captures.v).corp/x", value)).toThrow("is not allowed here");
    }
  });

  test("a value is one segment, unless it is the whole path", () => {
    expect(urlOf("https://h/a/$(uri_captures.v)", "b/c?d#e")).toBe("https://h/a/b%2Fc%3Fd%23e");
    expect(urlOf("https://h/$(uri_captures.v)", "b/c%20d?e")).toBe("https://h/b/c%20d%3Fe");
    expect(urlOf("https://h/a?q=$(uri_captures.v)", "b&c=d")).toBe("https://h/a?q=b%26c%3Dd");
  });

  test("line breaks are refused everywhere", () => {
    for (const value of ["a\r\nb", "a\nb", "a\u0000b"]) {
      expect(() => expand("$(uri_captures.v)", { captures: { v: value } })).toThrow(
        "uri_captures key v holds a character that is not allowed here",
      );
    }
  });

  test("no value changes host, or the segments around it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (value) => {
        let expanded: string | undefined;
        try {
          expanded = urlOf(
            "https://host.example/a/x-$(uri_captures.v)/b?q=$(uri_captures.v)",
            value,
          );
        } catch {
          return;
        }
        const url = new URL(expanded ?? "");
        expect(url.origin).toBe("https://host.example");
        expect(url.pathname.split("/")).toHaveLength(4);
        expect(url.pathname.endsWith("/b")).toBe(true);
        expect([...url.searchParams.keys()]).toEqual(["q"]);
      }),
    );
  });
});
