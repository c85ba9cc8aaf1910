import { expect, test } from "bun:test";
import { GatewayError } from "../chat/error.ts";
import { decodeOpenAiError, encodeOpenAiError } from "./error-object.ts";

const READ: readonly [number, unknown, object][] = [
  [
    429,
    { error: { message: "m", type: "requests", param: null, code: "rate_limit_exceeded" } },
    {
      code: "rate_limited",
      status: 429,
      message: "m",
      vendor: { type: "requests", code: "rate_limit_exceeded" },
    },
  ],
  [
    400,
    { error: { message: "m", param: "n" } },
    { code: "invalid_request", vendor: { param: "n" } },
  ],
  [401, { error: "no key" }, { code: "unauthenticated", message: "no key" }],
  [
    422,
    {
      detail: [
        { msg: "a", loc: [] },
        { msg: "b", loc: [] },
      ],
    },
    { message: "a; b" },
  ],
  [404, { detail: "Not Found" }, { code: "not_found", message: "Not Found" }],
  [
    400,
    { object: "error", message: "bad", code: 400 },
    { message: "bad", vendor: { code: "400" } },
  ],
  [400, [{ error: { code: 400, message: "m", status: "INVALID_ARGUMENT" } }], { message: "m" }],
  [529, { error: {} }, { code: "upstream_overloaded", status: 529 }],
  [418, {}, { code: "invalid_request", status: 418 }],
];

for (const [status, body, expected] of READ) {
  test(`${status} ${JSON.stringify(body)}`, () => {
    expect(decodeOpenAiError(status, body)).toMatchObject(expected);
  });
}

test("an HTML page is never repeated", () => {
  const error = decodeOpenAiError(502, "<html><b>nginx</b></html>");
  expect(error).toMatchObject({ code: "upstream_error", status: 502 });
  expect(error.message).toBe("non-JSON reply (status 502)");
});

test("an error is written in OpenAI's words, or the vendor's own where it has some", () => {
  expect(encodeOpenAiError(new GatewayError("unauthenticated", "m"), "r")).toEqual({
    error: { message: "m", type: "invalid_request_error", param: null, code: "invalid_api_key" },
    request_id: "r",
  });
  const vendor = { type: "t", code: "c", param: "p" };
  expect(encodeOpenAiError(new GatewayError("upstream_error", "m", { vendor }), "r")).toEqual({
    error: { message: "m", type: "t", param: "p", code: "c" },
    request_id: "r",
  });
});
