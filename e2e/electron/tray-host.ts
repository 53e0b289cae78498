/**
 * A panel that shows tray icons, as far as programs can tell: the StatusNotifierWatcher of the session bus, and somebody
 * who reads the menus of what is registered there and chooses from them.
 */
import assert from 'node:assert/strict';
import { Message, Variant, type MessageBus } from 'dbus-next';
import { eventually } from '../wait.js';
import type { World } from '../world.js';
import type { Desktop } from './desktop.js';

const watcher = 'org.kde.StatusNotifierWatcher';
const itemInterface = 'org.kde.StatusNotifierItem';
const menuInterface = 'com.canonical.dbusmenu';
const properties = 'org.freedesktop.DBus.Properties';
const watcherProperties = {
  IsStatusNotifierHostRegistered: new Variant('b', true),
  ProtocolVersion: new Variant('i', 0),
};

/** Where an item is on the bus. */
interface Item {
  name: string;
  path: string;
}

/** As com.canonical.dbusmenu has it. */
type Layout = [id: number, properties: Partial<Record<string, Variant>>, children: Variant<Layout>[]];

export interface MenuEntry {
  id: number;
  /** As a person reads it; empty for a separator. */
  label: string;
  enabled: boolean;
  entries: MenuEntry[];
}

export class TrayHost {
  readonly #items: Item[] = [];

  private constructor(private readonly bus: MessageBus) {
    bus.addMethodHandler((message: Message) => this.#answer(message));
  }

  /** Stands by from here on. */
  static async open(world: World, desktop: Desktop): Promise<TrayHost> {
    const bus = desktop.bus(world);
    const host = new TrayHost(bus);
    await bus.requestName(watcher, 0);
    return host;
  }

  /** How many items there ever were; libraries register theirs again and again. */
  get registered(): number {
    return new Set(this.#items.map(({ name, path }) => `${name} ${path}`)).size;
  }

  /** The menu of the newest item, as soon as there is one. */
  async menu(): Promise<MenuEntry[]> {
    const item = await this.#item();
    const layout = await this.#layout(item, await this.#menuPath(item));
    return entryOf(layout).entries;
  }

  /** Every label of the menu, submenus included. */
  async labels(): Promise<string[]> {
    return flat(await this.menu()).map(({ label }) => label);
  }

  /** Waits until the menu has an entry with this label. */
  untilLabel(label: string | RegExp, limitMs = 15_000): Promise<MenuEntry> {
    return eventually(`“${String(label)}” in the tray's menu`, limitMs, async () => {
      const entries = flat(await this.menu());
      const found = entries.find((entry) =>
        typeof label === 'string' ? entry.label === label : label.test(entry.label),
      );
      if (found !== undefined) return found;
      throw new Error(`it has ${entries.map((entry) => entry.label).join(' | ')}`);
    });
  }

  /** Clicks the entry, once it is there; again where the menu was replaced under the hand. */
  async choose(label: string | RegExp): Promise<void> {
    await eventually(`a click on “${String(label)}”`, 15_000, async () => {
      const { id, enabled } = await this.untilLabel(label);
      assert.ok(enabled, 'it can be chosen');
      const item = await this.#item();
      const path = await this.#menuPath(item);
      await this.#call(item.name, path, menuInterface, 'Event', 'isvu', [id, 'clicked', new Variant('i', 0), 0]);
      return true;
    });
  }

  #item(): Promise<Item> {
    return eventually('a tray item', 20_000, () => this.#items.at(-1));
  }

  async #menuPath({ name, path }: Item): Promise<string> {
    const [answer] = await this.#call(name, path, properties, 'Get', 'ss', [itemInterface, 'Menu']);
    return (answer as Variant<string>).value;
  }

  async #layout({ name }: Item, path: string): Promise<Layout> {
    const [, layout] = await this.#call(name, path, menuInterface, 'GetLayout', 'iias', [0, -1, []]);
    return layout as Layout;
  }

  async #call(name: string, path: string, of: string, member: string, signature: string, body: unknown[]) {
    const message = new Message({ destination: name, path, interface: of, member, signature, body });
    return ((await this.bus.call(message))?.body ?? []) as unknown[];
  }

  /** What programs ask a watcher; true where it was for us. */
  #answer(message: Message): boolean {
    const [first, second] = message.body as unknown[];
    if (message.interface === watcher) {
      if (message.member === 'RegisterStatusNotifierItem') this.#items.push(itemOf(String(first), message.sender));
      this.bus.send(Message.newMethodReturn(message));
      return true;
    }
    if (message.interface !== properties || first !== watcher) return false;
    const answer =
      message.member === 'GetAll'
        ? watcherProperties
        : Object.entries(watcherProperties).find(([key]) => key === second)?.[1];
    if (answer === undefined) return false;
    this.bus.send(Message.newMethodReturn(message, answer instanceof Variant ? 'v' : 'a{sv}', [answer]));
    return true;
  }
}

/** Programs register by their name on the bus, by a path of theirs, or by both. */
function itemOf(service: string, sender: string): Item {
  const slash = service.indexOf('/');
  if (slash < 0) return { name: service, path: '/StatusNotifierItem' };
  return { name: slash === 0 ? sender : service.slice(0, slash), path: service.slice(slash) };
}

function entryOf([id, { label, enabled }, children]: Layout): MenuEntry {
  return {
    id,
    // An underline marks the key, two are one.
    label: String(label?.value ?? '').replace(/_(.)/g, '$1'),
    enabled: enabled?.value !== false,
    entries: children.map(({ value }) => entryOf(value)),
  };
}

function flat(entries: readonly MenuEntry[]): MenuEntry[] {
  return entries.flatMap((entry) => [entry, ...flat(entry.entries)]);
}
