import { expect, test } from "bun:test";
import { HeaderMap } from "../../src/framing/header-map.ts";
import { clientBody } from "../../src/gateway/call/client-body.ts";
import { DEFAULT_CLOCKS } from "../../src/gateway/call/upstream.ts";
import { createProcessState } from "../../src/gateway/create-process-state.ts";
import { openCallRecord } from "../../src/server/open-call.ts";

async function bodyOfBytes(byteLength: number) {
  const body = new Uint8Array(byteLength).fill(0x20);
  const headers = { "content-length": String(byteLength) };
  const request = new Request("http://localhost/", { method: "POST", headers, body });
  const received = HeaderMap.received(request.headers);
  const record = openCallRecord(request, received, "127.0.0.1");
  const { bodyBudget: budget, deadlines } = createProcessState();
  const limits = { clocks: DEFAULT_CLOCKS, maxBytes: 0, budget, deadlines };
  const read = clientBody(request, received, record, limits);
  return { read, bytes: await read.bytes(0) };
}

test.each([100, 40_000, 400_000])("a body of %i bytes is read whole", async (byteLength) => {
  const { bytes } = await bodyOfBytes(byteLength);
  expect(bytes.byteLength).toBe(byteLength);
  expect(bytes.every((byte) => byte === 0x20)).toBe(true);
});

test("the memory of a large body is given back as soon as nobody reads it", async () => {
  const { read, bytes } = await bodyOfBytes(400_000);
  read.free();
  expect(bytes.byteLength).toBe(0);
  read.free();
});

test("bytes that somebody has taken for good stay", async () => {
  const { read, bytes } = await bodyOfBytes(400_000);
  read.forget();
  read.free();
  expect(bytes.byteLength).toBe(400_000);
});
