import { stat } from "node:fs/promises";

/** Between two looks; a file that was the same at two of them is whole. */
const LOOK_MS = 250;

/**
 * Tells once a file is another one and has come to rest. It is looked at, through its links, rather than listened to: so
 * editors that write another file and rename it, links that are swapped (as Kubernetes does with a ConfigMap), and file
 * systems that tell nobody are all the same.
 */
export function watchFile(file: string, onChange: () => void): { stop(): void } {
  const look = fileLooks(file, onChange);
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/**
 * One look after the other. What is found at rest first is told too: it may have changed since it was read. Of a file that
 * is gone nothing is told.
 */
export function fileLooks(file: string, onChange: () => void): () => Promise<void> {
  let seen: string | undefined;
  let told: string | undefined;
  let isLooking = false;
  return async () => {
    if (isLooking) return;
    isLooking = true;
    const found = await identityOf(file);
    isLooking = false;
    const isAtRest = found !== undefined && found === seen;
    seen = found;
    if (!isAtRest || found === told) return;
    told = found;
    onChange();
  };
}

/** Another one for another file, and once it was written to; undefined where there is none. */
async function identityOf(file: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return undefined;
  }
}
