/** The part of a desktop that shows notifications, as far as programs can tell: it keeps what it is given. */
import { Message, type MessageBus } from 'dbus-next';
import { eventually } from '../wait.js';
import type { World } from '../world.js';
import type { Desktop } from './desktop.js';

const notifications = 'org.freedesktop.Notifications';
const path = '/org/freedesktop/Notifications';

export interface Shown {
  id: number;
  title: string;
  body: string;
}

export class NotificationHost {
  readonly #shown: Shown[] = [];

  private constructor(private readonly bus: MessageBus) {
    bus.addMethodHandler((message: Message) => this.#answer(message));
  }

  /** Stands by from here on. */
  static async open(world: World, desktop: Desktop): Promise<NotificationHost> {
    const bus = desktop.bus(world);
    const host = new NotificationHost(bus);
    await bus.requestName(notifications, 0);
    return host;
  }

  /** Everything shown so far. */
  get shown(): readonly Shown[] {
    return this.#shown;
  }

  /** Waits for one with this title. */
  untilShown(title: RegExp): Promise<Shown> {
    return eventually(`a notification ${String(title)}`, 15_000, () => {
      const found = this.#shown.find((each) => title.test(each.title));
      if (found !== undefined) return found;
      throw new Error(`there were ${JSON.stringify(this.#shown)}`);
    });
  }

  /** Clicks it. */
  click({ id }: Shown): void {
    this.bus.send(Message.newSignal(path, notifications, 'ActionInvoked', 'us', [id, 'default']));
  }

  /** True where it was for us. */
  #answer(message: Message): boolean {
    if (message.interface !== notifications) return false;
    this.bus.send(this.#reply(message));
    return true;
  }

  #reply(message: Message): Message {
    switch (message.member) {
      case 'GetCapabilities':
        return Message.newMethodReturn(message, 'as', [['actions', 'body', 'body-markup']]);
      case 'GetServerInformation':
        return Message.newMethodReturn(message, 'ssss', ['e2e', 'rayfish', '1', '1.2']);
      case 'Notify': {
        const [, , , title, body] = message.body as [string, number, string, string, string];
        const id = this.#shown.length + 1;
        this.#shown.push({ id, title, body });
        return Message.newMethodReturn(message, 'u', [id]);
      }
      default:
        return Message.newMethodReturn(message);
    }
  }
}
