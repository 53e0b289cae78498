/** Whether a Linux desktop shows tray icons at all: asked of the session bus through the tools desktops have. */
import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

/** Runs a program; what it wrote to standard output, or null where it failed or is not there. */
export type Ask = (program: string, args: readonly string[]) => Promise<string | null>;

const watcher = 'org.kde.StatusNotifierWatcher';
const property = 'IsStatusNotifierHostRegistered';

/** Three tools that ask the same; each desktop has at least one of them. */
const questions: [program: string, args: string[]][] = [
  ['busctl', ['--user', 'get-property', watcher, '/StatusNotifierWatcher', watcher, property]],
  [
    'gdbus',
    [
      ...['call', '--session', '--dest', watcher, '--object-path', '/StatusNotifierWatcher'],
      ...['--method', 'org.freedesktop.DBus.Properties.Get', watcher, property],
    ],
  ],
  [
    'dbus-send',
    [
      ...['--session', '--print-reply', `--dest=${watcher}`, '/StatusNotifierWatcher'],
      ...['org.freedesktop.DBus.Properties.Get', `string:${watcher}`, `string:${property}`],
    ],
  ],
];

/** Whether somebody shows tray icons now. Where nobody can tell: no, so that the window shows. */
export async function hasTrayHost(ask: Ask = run): Promise<boolean> {
  for (const [program, args] of questions) {
    const answer = await ask(program, args);
    if (answer !== null) return /\btrue\b/.test(answer);
  }
  return false;
}

/** As `hasTrayHost`, asked every second: at login the panel may come after us. */
export async function awaitTrayHost(patienceMs: number, ask: Ask = run): Promise<boolean> {
  const until = Date.now() + patienceMs;
  for (;;) {
    if (await hasTrayHost(ask)) return true;
    if (Date.now() >= until) return false;
    await wait(1000);
  }
}

const run: Ask = (program, args) =>
  new Promise((resolve) => {
    execFile(program, [...args], { timeout: 2000 }, (error, stdout) => {
      resolve(error === null ? stdout : null);
    });
  });
