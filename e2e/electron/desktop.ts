/** A desktop of the scenario's own: a screen nobody sees, and a session bus with nobody on it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sessionBus, type MessageBus } from 'dbus-next';
import { must } from '../command.js';
import { Process } from '../process.js';
import { eventually } from '../wait.js';
import type { World } from '../world.js';

/** The app's window has it, and nothing else. */
const appTitle = 'Rayfish';

const busConfiguration = (address: string): string => `<busconfig>
  <type>session</type>
  <listen>${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

export class Desktop {
  private constructor(
    readonly directory: string,
    /** The environment of whoever is logged in here. */
    readonly env: NodeJS.ProcessEnv,
    private readonly busAddress: string,
  ) {}

  /** Starts one; it ends with the scenario. */
  static async open(world: World, directory: string): Promise<Desktop> {
    const [home, runtime] = [join(directory, 'home'), join(directory, 'session')];
    await mkdir(join(home, '.config'), { recursive: true });
    await mkdir(runtime, { mode: 0o700 });
    const busAddress = `unix:path=${join(runtime, 'bus')}`;
    const display = await startScreen(world, directory);
    await startBus(world, directory, busAddress);
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      XDG_RUNTIME_DIR: runtime,
      // Electron 9 makes a tray item of this kind only for desktops it knows.
      XDG_CURRENT_DESKTOP: 'ubuntu:GNOME',
      LANG: 'C.UTF-8',
      DISPLAY: display,
      DBUS_SESSION_BUS_ADDRESS: busAddress,
      DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${join(runtime, 'no-system-bus')}`,
      NO_AT_BRIDGE: '1',
    };
    return new Desktop(directory, env, busAddress);
  }

  /** A connection to the session bus; ends with the scenario. */
  bus(world: World): MessageBus {
    const bus = sessionBus({ busAddress: this.busAddress });
    world.atEnd(() => {
      bus.disconnect();
      return Promise.resolve();
    });
    return bus;
  }

  /** Runs xdotool, and returns the lines it printed. */
  async xdotool(...words: string[]): Promise<string[]> {
    const text = await must(['xdotool', ...words], { env: this.env });
    return text.split('\n').filter((line) => line !== '');
  }

  /** Windows on the screen with this title. */
  async windows(title = appTitle): Promise<string[]> {
    // It ends with 1 where it finds none.
    return this.xdotool('search', '--onlyvisible', '--name', `^${title}$`).catch(() => []);
  }

  /** Waits for a window with this title, gives it the keyboard and presses a key. */
  async press(title: string, ...keys: string[]): Promise<void> {
    const [window = ''] = await this.untilWindow(title);
    await this.xdotool('windowfocus', '--sync', window);
    for (const key of keys) await this.xdotool('key', key);
  }

  untilWindow(title = appTitle, limitMs = 15_000): Promise<string[]> {
    return eventually(`a window called ${title}`, limitMs, async () => {
      const found = await this.windows(title);
      return found.length > 0 && found;
    });
  }

  untilNoWindow(title = appTitle, limitMs = 10_000): Promise<unknown> {
    return eventually(`no window called ${title}`, limitMs, async () => (await this.windows(title)).length === 0);
  }
}

/** Returns its name. */
async function startScreen(world: World, directory: string): Promise<string> {
  const log = join(directory, 'screen.log');
  // Xvfb says on this descriptor, its standard output, which number was free.
  const argv = ['Xvfb', '-displayfd', '1', '-screen', '0', '1000x900x24', '-nolisten', 'tcp'] as const;
  const screen = await Process.start(argv, log);
  world.atEnd(() => screen.stop());
  return eventually('a screen', 15_000, async () => {
    const number = /^(\d+)$/m.exec(await screen.output())?.[1];
    return number !== undefined && `:${number}`;
  });
}

async function startBus(world: World, directory: string, address: string): Promise<void> {
  const configuration = join(directory, 'session.conf');
  await writeFile(configuration, busConfiguration(address));
  const argv = ['dbus-daemon', `--config-file=${configuration}`, '--nofork', '--print-address=1'] as const;
  const daemon = await Process.start(argv, join(directory, 'bus.log'));
  world.atEnd(() => daemon.stop());
  await eventually('a session bus', 10_000, async () => (await daemon.output()).includes('unix:path='));
}
