const SCRIPT = `
const { port } = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
console.log(port);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
`;

/** A port whose listener takes connections from nobody: what else the system took for it is dropped. */
export async function startDeaf() {
  const listener = Bun.spawn([process.execPath, "-e", SCRIPT], { stdout: "pipe" });
  const { value } = await listener.stdout.getReader().read();
  const port = Number(new TextDecoder().decode(value));
  const connects = async () => {
    const connecting = Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    return Promise.race([connecting.then(() => true), Bun.sleep(300).then(() => false)]);
  };
  // The system connects by itself until its queue for the listener is full.
  while (await connects());
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      listener.kill();
      await listener.exited;
    },
  };
}

/** A port that takes connections and never says a word, so that no TLS handshake ends. */
export function startMute() {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return {
    url: `https://127.0.0.1:${listener.port}`,
    async [Symbol.asyncDispose]() {
      listener.stop(true);
    },
  };
}
