import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createGateway, type Gateway } from "../../src/app.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { HeaderMap } from "../../src/framing/header-map.ts";
import type { Send } from "../../src/gateway/call/upstream.ts";
import { createProcessState } from "../../src/gateway/create-process-state.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { PLUGINS } from "../../src/plugins/registry.ts";
import { PROVIDERS } from "../../src/providers/registry.ts";
import { NOBODY } from "../../src/server/client-presence.ts";
import { DEFAULT_KONG_HEADERS } from "../../src/server/kong-headers.ts";
import { openCall, openCallRecord } from "../../src/server/open-call.ts";
import { respond } from "../../src/server/respond.ts";
import { eventsOf, textOf } from "../gateway.ts";

/**
 * Each page's configurations are loaded as they stand, and its calls made as they stand. Only where
 * a request leaves for the vendor is its origin exchanged for the lab's.
 */
const FOLDER = join(import.meta.dirname, "../../docs/how-to/providers");
const pages = readdirSync(FOLDER).map((file) => file.replace(/\.md$/, ""));

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

interface Example {
  readonly file: string;
  readonly config: string;
  /** Of the page's curl. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Where the page says that the call goes. */
  readonly url: string;
}

const CONFIG = /^```yaml file=(\S+)\n([\s\S]*?)^```$/gm;
const CURL = /^curl -s http:\/\/127\.0\.0\.1:8000(\S+) [\s\S]*?-d '(.*)'$/m;
const SENT_TO = /sent to\s+`([^`]+)`/;

function examplesOf(page: string): readonly Example[] {
  return [...page.matchAll(CONFIG)].map((match) => {
    const [block, file = "", config = ""] = match;
    const rest = page.slice(match.index + block.length);
    const [, path = "", body = ""] = CURL.exec(rest) ?? [];
    const [, url = ""] = SENT_TO.exec(rest) ?? [];
    return { file, config, path, body: JSON.parse(body), url };
  });
}

const SECRET = "secret-of-the-page";

/** Every variable that a configuration asks for. */
function environmentOf(config: string): Readonly<Record<string, string>> {
  const short = [...config.matchAll(/\$([A-Z_]+)/g)].map(([, name = ""]) => name);
  const vault = [...config.matchAll(/\{vault:\/\/env\/([a-z-]+)\}/g)].map(([, name = ""]) =>
    name.toUpperCase().replaceAll("-", "_"),
  );
  return Object.fromEntries([...short, ...vault].map((name) => [name, SECRET]));
}

function load(config: string, file: string): Gateway {
  const result = loadConfig(
    { text: config, file },
    { env: environmentOf(config), plugins: PLUGINS, readFile: () => "" },
  );
  if ("problems" in result) throw new Error(JSON.stringify(result.problems, undefined, 1));
  expect(result.config.warnings).toEqual([]);
  return createGateway(result.config, createProcessState());
}

/** Makes a call and gives the answer's text, and the URL that it would have gone to. */
async function call(gateway: Gateway, path: string, body: object) {
  let url = "";
  const toLab: Send = (outgoing, client, clocks) => {
    url = outgoing.url;
    const { origin } = new URL(url);
    const atLab = { ...outgoing, url: lab.url + url.slice(origin.length) };
    return gateway.processState.send(atLab, client, clocks);
  };
  const request = new Request(`http://localhost${path}`, {
    method: "POST",
    headers: { host: "localhost", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const headers = HeaderMap.received(request.headers);
  const record = openCallRecord(request, headers, "127.0.0.1");
  const opened = openCall(
    {
      request,
      headers,
      record,
      gateway,
      send: toLab,
      client: NOBODY,
    },
    { allowDebugHeader: false },
  );
  const response = await respond(await gateway.handle(opened), opened, record, request, {
    processState: gateway.processState,
    closesConnection: () => false,
    kongHeaders: DEFAULT_KONG_HEADERS,
    clientStallMs: 60_000,
    cut: () => undefined,
    client: NOBODY,
    clientLeft: () => undefined,
    done: () => undefined,
  });
  return { status: response.status, text: await response.text(), url };
}

test("every provider has a page, and every page a provider", () => {
  expect(pages.sort()).toEqual(Object.keys(PROVIDERS).sort());
});

test("the page of local serves its calls, and nothing is sent", async () => {
  const examples = examplesOf(readFileSync(join(FOLDER, "local.md"), "utf8"));
  expect(examples.map(({ file }) => file)).toEqual(["short.yaml", "gateway.yaml"]);
  for (const { file, config, path, body } of examples) {
    const gateway = load(config, file);
    const { status, text, url } = await call(gateway, path, body);
    expect([status, url]).toEqual([200, ""]);
    expect(JSON.parse(text).data[0].embedding).toHaveLength(256);
    await gateway.close();
  }
});

for (const name of pages.filter((page) => page !== "local")) {
  const examples = examplesOf(readFileSync(join(FOLDER, `${name}.md`), "utf8"));

  describe(`the page of ${name}`, () => {
    test("has both forms", () => {
      const files = examples.map(({ file }) => file);
      expect(files).toContain("short.yaml");
      expect(files).toContain("gateway.yaml");
    });

    test.each(examples.map((example) => [example.file, example] as const))(
      "%s serves the call, plain and streamed",
      async (file, { config, path, body, url }) => {
        const gateway = load(config, file);
        lab.reset();
        const plain = await call(gateway, path, body);
        expect(plain).toMatchObject({ status: 200, url });
        const { message } = JSON.parse(plain.text).choices[0];
        expect(message.content).toContain("Hello!");
        const [received] = lab.requests;
        const credentials = [...(received?.headers.values() ?? [])].join(" ");
        expect(credentials.includes(SECRET)).toBe(config.includes("env/") || config.includes("$"));

        const streamed = await call(gateway, path, { ...body, stream: true });
        expect(textOf(streamed.text)).toBe(message.content);
        expect(eventsOf(streamed.text).at(-1)).toBe("[DONE]");
        await gateway.close();
      },
    );
  });
}
