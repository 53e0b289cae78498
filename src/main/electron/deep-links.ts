/** `rayfish://` links, from wherever the system hands them to the app. */
import { app } from 'electron';
import { deepLinkAmong } from '../deep-link.js';

/** Links may come before anybody is ready for them: as an argument, from a second launch, or as an event on macOS. */
export function collectDeepLinks(): { deliver(to: (link: string) => void): void } {
  let receiver: ((link: string) => void) | null = null;
  let waiting: string | null = null;
  const receive = (argv: readonly string[]): void => {
    const link = deepLinkAmong(argv);
    if (link === null) return;
    if (receiver === null) waiting = link;
    else receiver(link);
  };
  receive(process.argv);
  app.on('second-instance', (_event, argv) => {
    receive(argv);
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    receive([url]);
  });
  return {
    deliver(to) {
      receiver = to;
      if (waiting !== null) to(waiting);
    },
  };
}
