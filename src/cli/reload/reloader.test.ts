import { expect, test } from "bun:test";
import { createOperatorLog } from "../../gateway/call/operator-log.ts";
import { createProcessState } from "../../gateway/create-process-state.ts";
import type { OriginText } from "../source.ts";
import { createReloader, type ReloaderOptions } from "./reloader.ts";

const START = { name: "gateway.yaml", text: "start" };

function reloader(adopt: ReloaderOptions["adopt"]) {
  const { metrics } = createProcessState();
  const told: string[] = [];
  const operatorLog = createOperatorLog();
  operatorLog.setOutput({ tell: ({ sentence }) => told.push(sentence), problem: () => undefined });
  const source = { name: START.name, origin: START, close: async () => undefined };
  return { told, ...createReloader({ source, first: START, operatorLog, metrics, adopt }) };
}

/** Adopts when told to. */
function gated() {
  const gates: { readonly origin: OriginText; open(): void }[] = [];
  const adopt = (origin: OriginText) =>
    new Promise<{ warnings: [] }>((resolve) => {
      gates.push({ origin, open: () => resolve({ warnings: [] }) });
    });
  return { gates, adopt };
}

test("what is asked for while it goes on is done once more, however often it was asked for", async () => {
  const { gates, adopt } = gated();
  const { reread, stop } = reloader(adopt);
  for (let times = 0; times < 2; times += 1) {
    reread("signal");
    await Bun.sleep(0);
  }
  for (let times = 0; times < 5; times += 1) reread("signal");
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await Bun.sleep(0);
  expect(gates).toHaveLength(2);
  gates[1]?.open();
  await Bun.sleep(0);
  expect(gates).toHaveLength(2);
  await stop();
});

test("stopping ends what goes on without a word, and nothing begins after it", async () => {
  let begun = 0;
  const { reread, load, stop, told } = reloader((_, signal) => {
    begun += 1;
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve({ refused: "is late", problems: [] }));
    });
  });
  reread("signal");
  await Bun.sleep(0);
  reread("signal");
  await stop();
  reread("signal");
  expect(await load("{}")).toEqual({ refused: "the gateway is shutting down", problems: [] });
  expect(begun).toBe(1);
  expect(told).toEqual([]);
});

test("one who posts while another's configuration is loaded is told so", async () => {
  const { gates, adopt } = gated();
  const { load, stop } = reloader(adopt);
  const first = load("one");
  const message = "another configuration is being loaded; ask again";
  expect(await load("two")).toEqual({ conflict: message });
  gates[0]?.open();
  expect(await first).toEqual({ generation: 2, problems: [] });
  await stop();
});

test("a file that is the same is left alone, unless a signal asks", async () => {
  const { gates, adopt } = gated();
  const { reread, stop } = reloader(adopt);
  reread("file");
  await Bun.sleep(0);
  expect(gates).toHaveLength(0);
  reread("signal");
  await Bun.sleep(0);
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await stop();
});

test("what cannot be loaded any more is not rolled back to, and the one in force stays", async () => {
  const { load, rollBack, generations, told, stop } = reloader(async ({ text }) =>
    text === "start" ? { refused: "has problems", problems: [] } : { warnings: [] },
  );
  await load("next");
  expect(await rollBack(undefined)).toEqual({
    refused: "gateway.yaml has problems; it was not loaded, and the one in force stays",
    problems: [],
  });
  expect(generations()).toMatchObject([
    { generation: 1, in_force: false },
    { generation: 2, in_force: true },
  ]);
  expect(await rollBack(9)).toEqual({ conflict: "generation 9 is not kept; kept are 1, 2" });
  expect(told.at(-1)).toBe(
    "the configuration was not rolled back: generation 9 is not kept; kept are 1, 2",
  );
  await stop();
});
