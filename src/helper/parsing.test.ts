/** What holds for any message of a peer, any setting somebody types and any file that somebody edited. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingKeySchema, settingsSchema } from '../shared/ipc-contract.js';
import { Random, parsed } from '../shared/mutation.test-support.js';
import { sanitiseName } from '../shared/peer-name.js';
import { decodeMessage, encodeMessage, maxMessageBytes, nameInHello } from './control-protocol.js';
import { PeerStore } from './peer-store.js';
import { SettingsStore, parseSetting } from './settings.js';

describe('control messages', () => {
  it('mean the same when they are passed on, or nothing', () => {
    const random = new Random(11);
    const hello = '{"type":"hello","name":"bob","platform":"linux","version":"1","features":["a"],"paused":false}';
    let taken = 0;
    for (let round = 0; round < 5_000; round += 1) {
      const text = random.mutation(random.of([hello, hello, '{"type":"renamed","name":"bob"}', '{"type":"paused"}']));
      const bytes = Buffer.from(text);
      const message = decodeMessage(bytes);
      expect(nameInHello(bytes)).toBe(message?.type === 'hello' ? message.name : '');
      if (message === null) continue;
      taken += 1;
      expect(bytes.length).toBeLessThanOrEqual(maxMessageBytes);
      expect(decodeMessage(encodeMessage(message))).toEqual(message);
      if ('name' in message) expect(message.name).toBe(sanitiseName(message.name));
    }
    expect(taken).toBeGreaterThan(500);
  });
});

describe('settings', () => {
  it('are values the contract knows, or refused in words', () => {
    const random = new Random(12);
    const right = [
      'on',
      'off',
      'auto',
      'none',
      'default',
      '45820',
      'https://a.example https://b.example',
      'my machine',
    ];
    for (let round = 0; round < 5_000; round += 1) {
      const key = random.of(settingKeySchema.options);
      const typed = random.mutation(random.of(right));
      const value = parsed(() => parseSetting(key, typed));
      if (value !== undefined) expect(settingsSchema.shape[key].parse(value)).toEqual(value);
    }
  });
});

describe('files of the state directory', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rayfish-parsing-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const id = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
  const peer = { id, name: 'bob', addedAt: '2026-01-01T00:00:00.000Z', allow: 'everything', blocked: false };
  const files = {
    'peers.json': JSON.stringify({ version: 1, peers: [peer] }),
    'settings.json': JSON.stringify({ version: 1, settings: { name: 'a', port: 1, relay: ['https://a.example'] } }),
  };

  it.each(Object.entries(files))('%s: read, or set aside and reported, and never lost', (file, text) => {
    const random = new Random(13);
    let read = 0;
    for (let round = 0; round < 200; round += 1) {
      writeFileSync(join(directory, file), random.mutation(text));
      let reported = 0;
      const report = (): void => {
        reported += 1;
      };
      const open = (): unknown =>
        file === 'peers.json' ? new PeerStore(directory, report).all() : new SettingsStore(directory, {}, report).get();
      const first = open();
      expect(readdirSync(directory)).toHaveLength(1);
      // What was set aside is missing the second time; what was read is read again.
      const second = open();
      expect(reported).toBeLessThanOrEqual(1);
      if (reported === 0) {
        read += 1;
        expect(second).toEqual(first);
      }
      for (const left of readdirSync(directory)) rmSync(join(directory, left));
    }
    expect(read).toBeGreaterThan(20);
  });
});
