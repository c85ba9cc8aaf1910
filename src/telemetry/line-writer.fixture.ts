import { systemClock } from "./elapsed.ts";
import { lineWriter } from "./line-writer.ts";

const writer = lineWriter({
  path: "/dev/stdout",
  reopen: false,
  clock: systemClock,
  onDrop: () => {},
  report: (sentence) => console.error(sentence),
});
for (let line = 0; line < Number(process.argv[2]); line += 1) {
  writer.write(`line ${line} ${"x".repeat(60)}`);
}
await writer.flush();
console.error("gone on");
await writer.close();
