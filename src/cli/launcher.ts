/**
 * Tells when the launcher (`bin/bun.mjs`) is gone without having passed a signal on; never in a
 * process that was started without one. It holds the other end of a channel, which the system closes.
 */
export function whenLauncherGone(tell: () => void): void {
  if (!process.connected) return;
  process.once("disconnect", tell);
  // Nothing is waited for on the channel.
  process.channel?.unref();
}
