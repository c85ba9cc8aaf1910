import { describe, expect, test } from "bun:test";
import { FIDELITY_TABLES } from "../../docs/fidelity-tables.ts";
import type { ChatRequest } from "../../src/chat/request.ts";
import { CAPABILITIES } from "../../src/formats/capabilities.ts";
import { FORMATS } from "../../src/formats/registry.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";
import { requestUsing } from "./fidelity-requests.ts";

/** How many losses a format tells of a request; a refusal is one. */
function lossesOf(format: WireFormat, chat: ChatRequest): number {
  try {
    return format.encodeRequest(chat).notices.length;
  } catch (error) {
    expect(error).toMatchObject({ name: "GatewayError", code: "invalid_request" });
    return 1;
  }
}

test("every format has a table, and every table a format", () => {
  expect([...FIDELITY_TABLES.keys()].sort()).toEqual(FORMATS.map(({ name }) => name).sort());
});

for (const format of FORMATS) {
  describe(`${format.name}: what the table says is what becomes of`, () => {
    for (const capability of CAPABILITIES) {
      const chat = requestUsing(capability, format.name);
      if (!chat) continue;
      test(capability, () => {
        const how = FIDELITY_TABLES.get(format.name)?.[capability].how;
        const isLost = how === "dropped" || how === "approximated";
        expect(lossesOf(format, chat) > 0).toBe(isLost);
      });
    }
  });
}
