/** Memory of a process that idles for weeks: what busy moments needed is given back, and little is kept in reserve. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Starting and meeting the first peers is over by then. */
const afterStartMs = 10_000;
const everyMs = 3_600_000;

/** Room for young objects that V8 would never give back: a helper under load keeps 20 MB less, and has time to collect. */
export function keepMemorySmall(): void {
  setFlagsFromString('--max-semi-space-size=1');
}

/**
 * Collects what starting left behind, and again from time to time: an idle process allocates too little for V8 to do it
 * by itself in hours.
 * @param release gives what native code freed back to the system.
 */
export function collectWhileIdle(release: () => void): void {
  const collect = collector();
  const work = (): void => {
    collect();
    release();
  };
  setTimeout(work, afterStartMs).unref();
  setInterval(work, everyMs).unref();
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof collect === 'function' ? (collect as () => void) : () => undefined;
}
