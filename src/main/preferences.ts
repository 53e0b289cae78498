/** The app's own settings: kept in a file of the user's, except for what the system itself remembers. */
import { appSettingsSchema, type ActionParams, type AppSettings } from '../shared/app-contract.js';
import { Failure } from '../shared/errors.js';
import { readJson, writeJson } from './json-file.js';
import type { LoginItem } from './login-item.js';

const defaults: AppSettings = {
  theme: 'system',
  startAtLogin: false,
  notifyPeerOnline: false,
  showInDock: false,
  welcomed: false,
};

const oneSetting = appSettingsSchema.partial().strict();

export class Preferences {
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly loginItem: LoginItem,
    private settings: AppSettings,
  ) {}

  /** A setting that is missing or makes no sense has its default; the others keep theirs. */
  static async load(path: string, loginItem: LoginItem): Promise<Preferences> {
    const stored = await readJson(path);
    const settings = { ...defaults, ...sensible(stored), startAtLogin: await loginItem.isEnabled() };
    return new Preferences(path, loginItem, settings);
  }

  get current(): AppSettings {
    return this.settings;
  }

  /**
   * Changes the settings given, and returns all of them.
   * @throws Failure `internal` where the system refuses to keep them.
   */
  change(parts: ActionParams<'set-app-setting'>): Promise<AppSettings> {
    // One after the other: each begins with what the one before left.
    const changed = this.#last.then(() => this.#change(parts));
    this.#last = changed.catch(() => undefined);
    return changed;
  }

  async #change(parts: ActionParams<'set-app-setting'>): Promise<AppSettings> {
    const wanted = { ...this.settings, ...sensible(parts) };
    try {
      if (wanted.startAtLogin !== this.settings.startAtLogin) await this.loginItem.enable(wanted.startAtLogin);
      await writeJson(this.path, wanted);
    } catch (thrown) {
      throw new Failure('internal', 'This setting couldn’t be saved: the disk or its permissions don’t allow it.', {
        cause: thrown,
      });
    }
    this.settings = wanted;
    return wanted;
  }
}

/** Of what was given, each setting that its schema accepts. */
function sensible(given: unknown): Partial<AppSettings> {
  if (typeof given !== 'object' || given === null) return {};
  const entries: [string, unknown][] = Object.entries(given);
  const accepted = entries.filter(
    ([key, value]) => value !== undefined && oneSetting.safeParse({ [key]: value }).success,
  );
  return Object.fromEntries(accepted);
}
