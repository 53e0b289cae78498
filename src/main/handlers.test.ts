import { beforeEach, describe, expect, it } from 'vitest';
import type { AppSettings } from '../shared/app-contract.js';
import { Failure } from '../shared/errors.js';
import { AppModel } from './app-model.js';
import { appState } from './app-state.test-support.js';
import { createHandlers, type Handlers } from './handlers.js';

const page = { url: 'app://rayfish/index.html', topFrame: true };
let done: unknown[][];
let failure: Failure | null;
let model: AppModel;
let handlers: Handlers;

beforeEach(() => {
  done = [];
  failure = null;
  model = new AppModel(appState({ deepLink: 'rayfish://add/x', wantedPage: 'add' }));
  const note =
    (...what: unknown[]) =>
    (...more: unknown[]): void => {
      done.push([...what, ...more]);
    };
  handlers = createHandlers({
    origin: 'app://rayfish',
    model,
    helper: {
      call: (method, params) => {
        done.push(['call', method, params]);
        return failure === null ? Promise.resolve({} as never) : Promise.reject(failure);
      },
    },
    preferences: {
      change: (parts) => Promise.resolve({ ...model.state.settings, ...(parts as Partial<AppSettings>) }),
    },
    service: {
      run: () => {
        done.push(['start-service']);
        return new Promise(() => undefined);
      },
    },
    desktop: { copyText: note('copy'), openPage: note('page'), quit: note('quit') },
  });
});

describe('who may ask', () => {
  it.each([
    ['another page', { url: 'https://example.org/', topFrame: true }],
    ['a page that only begins like ours', { url: 'app://rayfish.evil/', topFrame: true }],
    ['a file', { url: 'file:///app/index.html', topFrame: true }],
    ['a frame inside our page', { url: 'app://rayfish/index.html', topFrame: false }],
    ['a frame that is gone', { url: '', topFrame: true }],
  ])('is not %s', async (_name, sender) => {
    const refused = { ok: false, error: { code: 'not-permitted', message: expect.any(String) as string } };

    expect(await handlers.call(sender, 'down', {})).toEqual(refused);
    expect(await handlers.act(sender, 'quit', { turnOff: true })).toEqual(refused);
    expect(done).toEqual([]);
  });
});

describe('what may be asked', () => {
  it('passes a call on to the helper, parsed', async () => {
    expect(await handlers.call(page, 'ping', { peer: 'bob' })).toEqual({ ok: true, value: {} });
    expect(done).toEqual([['call', 'ping', { peer: 'bob', timeoutMs: 2000 }]]);
  });

  it('hands the helper’s failure on with its code', async () => {
    failure = new Failure('peer-exists', 'You have added this peer already.');

    expect(await handlers.call(page, 'add-peer', { target: 'x' })).toEqual({
      ok: false,
      error: { code: 'peer-exists', message: 'You have added this peer already.' },
    });
  });

  it.each<[string, unknown, unknown]>([
    ['methods of the helper that are not the window’s', 'subscribe', {}],
    ['names of what objects have anyway', '__proto__', {}],
    ['names that are no text', 7, {}],
    ['parameters missing', 'ping', {}],
    ['parameters of a wrong kind', 'ping', { peer: 1 }],
    ['parameters too long', 'ping', { peer: 'x'.repeat(513) }],
  ])('refuses %s', async (_name, method, params) => {
    expect(await handlers.call(page, method, params)).toMatchObject({ ok: false, error: { code: 'bad-request' } });
    expect(done).toEqual([]);
  });

  it.each<[string, unknown, unknown]>([
    ['unknown actions', 'run', {}],
    ['names of what objects have anyway', 'constructor', {}],
    ['addresses in place of pages', 'open-page', { page: 'https://example.org' }],
    ['settings there are not', 'set-app-setting', { shell: true }],
  ])('refuses %s', async (_name, action, params) => {
    expect(await handlers.act(page, action, params)).toMatchObject({ ok: false, error: { code: 'bad-request' } });
    expect(done).toEqual([]);
  });
});

describe('actions', () => {
  it('gives the state', async () => {
    expect(await handlers.act(page, 'get-state', {})).toEqual({ ok: true, value: model.state });
  });

  it('changes settings and says so in the state', async () => {
    await handlers.act(page, 'set-app-setting', { theme: 'dark' });

    expect(model.state.settings.theme).toBe('dark');
  });

  it('does not wait for the administrator', async () => {
    expect(await handlers.act(page, 'start-service', {})).toEqual({ ok: true, value: {} });
    expect(done).toEqual([['start-service']]);
  });

  it('lets the window take a link and where to go, once', async () => {
    await handlers.act(page, 'take-deep-link', {});
    await handlers.act(page, 'take-wanted-page', {});

    expect(model.state).toMatchObject({ deepLink: null, wantedPage: null });
  });

  it('copies and opens what it is told', async () => {
    await handlers.act(page, 'copy-text', { text: '100.64.1.2' });
    await handlers.act(page, 'open-page', { page: 'documentation' });

    expect(done).toEqual([
      ['copy', '100.64.1.2'],
      ['page', 'documentation'],
    ]);
  });

  it('turns the tunnel off before it quits, and stays where that failed', async () => {
    await handlers.act(page, 'quit', { turnOff: true });
    expect(done).toEqual([['call', 'down', {}], ['quit']]);

    done.length = 0;
    failure = new Failure('not-permitted', 'No.');
    expect(await handlers.act(page, 'quit', { turnOff: true })).toMatchObject({ ok: false });
    expect(done).toEqual([['call', 'down', {}]]);
  });

  it('leaves the tunnel alone when it is told to', async () => {
    await handlers.act(page, 'quit', { turnOff: false });

    expect(done).toEqual([['quit']]);
  });
});
