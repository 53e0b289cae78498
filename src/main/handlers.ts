/**
 * Everything behind the bridge: what the window may ask of the helper and of the app. The one place that checks who
 * asks and parses what they say. Knows nothing of Electron.
 */
import type * as z from 'zod';
import {
  actions,
  windowMethod,
  type Action,
  type ActionParams,
  type ActionResult,
  type AppSettings,
  type Outcome,
  type ProjectPage,
  type WindowMethod,
} from '../shared/app-contract.js';
import { Failure, toFailure } from '../shared/errors.js';
import type { AppModel } from './app-model.js';
import type { HelperConnection } from './helper-connection.js';
import { isOurPage, type Sender } from './sender.js';

/** What the desktop does for us. */
export interface Desktop {
  copyText(text: string): void;
  openPage(page: ProjectPage): void;
  quit(): void;
}

export interface HandlerParts {
  /** Scheme and host of the window's page, `app://rayfish`. */
  origin: string;
  model: AppModel;
  helper: Pick<HelperConnection, 'call'>;
  preferences: { change(parts: ActionParams<'set-app-setting'>): Promise<AppSettings> };
  service: { run(): Promise<void> };
  desktop: Desktop;
}

/** Never rejects: a failure is an outcome. */
export interface Handlers {
  call(sender: Sender, method: unknown, params: unknown): Promise<Outcome<unknown>>;
  act(sender: Sender, action: unknown, params: unknown): Promise<Outcome<unknown>>;
}

type Acts = {
  [A in Action]: (params: z.output<(typeof actions)[A]['params']>) => Promise<ActionResult<A>> | ActionResult<A>;
};

export function createHandlers(parts: HandlerParts): Handlers {
  const acts = actsOf(parts);
  const admitted = async (sender: Sender, answer: () => unknown): Promise<Outcome<unknown>> => {
    try {
      if (!isOurPage(sender, parts.origin))
        throw new Failure('not-permitted', 'Only Rayfish’s own window may ask that.');
      return { ok: true, value: await answer() };
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      return { ok: false, error: { code, message } };
    }
  };
  return {
    call: (sender, method, params) =>
      admitted(sender, () => {
        const schema = typeof method === 'string' ? windowMethod(method)?.params : undefined;
        if (schema === undefined) throw unreadable('method');
        return parts.helper.call(method as WindowMethod, parse(schema, params));
      }),
    act: (sender, action, params) =>
      admitted(sender, () => {
        if (typeof action !== 'string' || !Object.hasOwn(actions, action)) throw unreadable('action');
        const name = action as Action;
        return acts[name](parse(actions[name].params, params));
      }),
  };
}

function actsOf({ model, helper, preferences, service, desktop }: HandlerParts): Acts {
  return {
    'get-state': () => model.state,
    'set-app-setting': async (params) => {
      model.change({ settings: await preferences.change(params) });
      return {};
    },
    'start-service': () => {
      // How it goes is part of the state; a prompt may stay open for minutes.
      void service.run();
      return {};
    },
    'copy-text': ({ text }) => {
      desktop.copyText(text);
      return {};
    },
    'open-page': ({ page }) => {
      desktop.openPage(page);
      return {};
    },
    'take-deep-link': () => {
      model.change({ deepLink: null });
      return {};
    },
    'take-wanted-page': () => {
      model.change({ wantedPage: null });
      return {};
    },
    quit: async ({ turnOff }) => {
      if (turnOff) await helper.call('down', {});
      desktop.quit();
      return {};
    },
  };
}

/** The type says no more than that its schema saw it: which one that was is known only by name. */
function parse(schema: z.ZodType, value: unknown): never {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw unreadable('request');
  return parsed.data as never;
}

function unreadable(what: string): Failure {
  return new Failure('bad-request', `The window sent a ${what} that Rayfish doesn’t know.`);
}
