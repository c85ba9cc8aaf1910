import { expect, test } from "bun:test";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileLooks } from "./file-watch.ts";

async function watched() {
  const folder = await mkdtemp(join(tmpdir(), "dragoman-watch-"));
  const file = join(folder, "gateway.yaml");
  let told = 0;
  const look = fileLooks(file, () => {
    told += 1;
  });
  return {
    folder,
    file,
    /** How often it has told by the end of these looks. */
    async after(looks: number): Promise<number> {
      for (let times = 0; times < looks; times += 1) await look();
      return told;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

test("what is found at rest first is told, and then only what has changed", async () => {
  await using watch = await watched();
  await writeFile(watch.file, "a");
  expect(await watch.after(1)).toBe(0);
  expect(await watch.after(5)).toBe(1);
  await writeFile(watch.file, "b");
  expect(await watch.after(5)).toBe(2);
});

test("G11: a file that is written in steps is told once, when it has come to rest", async () => {
  await using watch = await watched();
  await writeFile(watch.file, "a whole file");
  await watch.after(2);
  for (const part of ["", "a longer", "a longer file"]) {
    await writeFile(watch.file, part);
    expect(await watch.after(1)).toBe(1);
  }
  expect(await watch.after(1)).toBe(2);
});

test("an editor that writes another file and renames it changes this one", async () => {
  await using watch = await watched();
  await writeFile(watch.file, "a");
  await watch.after(2);
  await writeFile(`${watch.file}.swp`, "b");
  await rename(`${watch.file}.swp`, watch.file);
  expect(await watch.after(2)).toBe(2);
});

test("a file that is gone is told of once it is there again", async () => {
  await using watch = await watched();
  await writeFile(watch.file, "a");
  await watch.after(2);
  await rm(watch.file);
  expect(await watch.after(3)).toBe(1);
  await writeFile(watch.file, "b");
  expect(await watch.after(2)).toBe(2);
});

test("G11: a ConfigMap that is swapped by its link changes the file", async () => {
  await using watch = await watched();
  const { folder, file } = watch;
  for (const version of ["..one", "..two"]) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, "gateway.yaml"), version);
  }
  await symlink("..one", join(folder, "..data"));
  await symlink("..data/gateway.yaml", file);
  expect(await watch.after(2)).toBe(1);
  await symlink("..two", join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  expect(await watch.after(2)).toBe(2);
});
