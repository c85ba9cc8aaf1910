import { describe, expect, test } from "bun:test";
import { columnOf, VARIANTS, type Variant } from "../../docs/provider-fidelity.ts";
import { createGateway } from "../../src/app.ts";
import { GatewayError } from "../../src/chat/error.ts";
import type { ChatRequest } from "../../src/chat/request.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { CAPABILITIES } from "../../src/formats/capabilities.ts";
import { openaiChat } from "../../src/formats/openai/chat/format.ts";
import { HeaderMap } from "../../src/framing/header-map.ts";
import { createProcessState } from "../../src/gateway/create-process-state.ts";
import { PLUGINS } from "../../src/plugins/registry.ts";
import { NOBODY } from "../../src/server/client-presence.ts";
import { openCall, openCallRecord } from "../../src/server/open-call.ts";
import { requestUsing } from "./fidelity-requests.ts";

/** What configurations must have besides the dialect. */
const REQUIRED = {
  anthropic_version: "2023-06-01",
  azure_instance: "i",
  azure_deployment_id: "d",
  upstream_url: "http://127.0.0.1:1/v1/any",
};

/** A provider's own address is another provider than a server at another place. */
const OWN_ADDRESS = new Set(["mistral", "openai"]);

function gatewayFor({ provider, written }: Variant, model: string) {
  const needed = Object.entries(REQUIRED).filter(([option]) => {
    if (option === "upstream_url") return !OWN_ADDRESS.has(provider.name);
    return option.startsWith(provider.name);
  });
  const config = {
    _format_version: "3.0",
    routes: [{ name: "chat", paths: ["/"] }],
    plugins: [
      {
        name: "ai-proxy",
        config: {
          route_type: "llm/v1/chat",
          auth: { header_name: "authorization", header_value: "Bearer k" },
          model: {
            provider: provider.name,
            name: model,
            options: { ...Object.fromEntries(needed), ...written },
          },
        },
      },
    ],
  };
  const result = loadConfig(
    { text: JSON.stringify(config), file: "test.json" },
    { env: {}, plugins: PLUGINS, readFile: () => "" },
  );
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return createGateway(result.config, createProcessState());
}

/** The kinds of loss that are told of a request on its way to a provider; a refusal is one. */
async function told(
  gateway: ReturnType<typeof createGateway>,
  chat: ChatRequest,
): Promise<readonly string[]> {
  const { wire } = openaiChat.encodeRequest(chat);
  const request = new Request("http://localhost/", {
    method: "POST",
    headers: { host: "localhost", "content-type": "application/json" },
    body: JSON.stringify(wire),
  });
  const headers = HeaderMap.received(request.headers);
  const record = openCallRecord(request, headers, "127.0.0.1");
  const call = openCall(
    {
      request,
      headers,
      record,
      gateway,
      send: () => Promise.reject(new GatewayError("client_aborted", "not sent")),
      client: NOBODY,
    },
    { allowDebugHeader: false },
  );
  const reply = await gateway.handle(call);
  if (reply.status === 400) return ["refused"];
  return (record.notices ?? []).map(({ kind }) => kind);
}

for (const variant of VARIANTS) {
  const column = columnOf(variant, "llm/v1/chat");
  if (!column) continue;
  describe(`${variant.label}: the gateway tells of what the table says is lost`, () => {
    for (const capability of CAPABILITIES) {
      const chat = requestUsing(capability, column.format);
      // What a client cannot say in OpenAI's dialect cannot be asked of the gateway in it.
      if (!chat || openaiChat.encodeRequest(chat).notices.length > 0) continue;
      test(capability, async () => {
        const gateway = gatewayFor(variant, chat.model);
        const { how } = column.fidelity[capability];
        const losses = await told(gateway, chat);
        await gateway.close();
        if (how === "kept" || how === "mapped") expect(losses).toEqual([]);
        else expect(losses.length).toBeGreaterThan(0);
      });
    }
  });
}
