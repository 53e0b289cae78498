/** Memory of a process that idles for weeks: what the start needed is given back, and little is kept in reserve. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Starting is over by then, and nobody waits for us. */
const afterStartMs = 3000;

/** Room for young objects that V8 would never give back: a helper under load keeps 20 MB less, and has time to collect. */
export function keepMemorySmall(): void {
  setFlagsFromString('--max-semi-space-size=1');
}

/** Collects once what starting left behind. An idle process allocates too little for V8 to do it in hours. */
export function collectAfterStart(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    setFlagsFromString('--no-expose-gc');
    if (typeof collect === 'function') (collect as () => void)();
  }, afterStartMs).unref();
}
