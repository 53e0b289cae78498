/** The files under assets/ that name places and programs agree with the code that does. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { serviceLayout, serviceNames } from './layout.js';

const asset = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../assets/${path}`, import.meta.url)), 'utf8');

describe('the systemd unit', () => {
  const unit = asset('linux/rayfish-desktop.service');
  const { current, stateDir } = serviceLayout('linux');

  it("runs root's own copy with its own Node", () => {
    expect(unit).toContain(`ExecStart="${current}/bin/node" "${current}/dist/rayfish.js" helper\n`);
  });

  it('has the state directory the helper uses, for root alone, and a socket everybody may reach', () => {
    expect(unit).toContain(`StateDirectory=${stateDir.replace('/var/lib/', '')}\nStateDirectoryMode=0700\n`);
    expect(unit).toContain('RuntimeDirectory=rayfish-desktop\nRuntimeDirectoryMode=0755\n');
  });

  it('is tried again after a failure, however often', () => {
    expect(unit).toMatch(/^StartLimitIntervalSec=0$/m);
    expect(unit).toMatch(/^Restart=on-failure$/m);
  });

  it('leaves root hardly more than the network', () => {
    expect(unit).toMatch(/^CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_BIND_SERVICE$/m);
    for (const line of ['NoNewPrivileges=yes', 'ProtectSystem=strict', 'ProtectHome=yes', 'DevicePolicy=closed']) {
      expect(unit).toContain(`\n${line}\n`);
    }
  });
});

describe('the launchd plist', () => {
  const plist = asset('darwin/org.rayfish.desktop.helper.plist');
  const { current, definition } = serviceLayout('darwin');

  it("runs root's own copy with its own Node, under the name we ask for", () => {
    const strings = [...plist.matchAll(/<string>(.*)<\/string>/g)].map(([, text]) => text);
    expect(strings.slice(0, 4)).toEqual([
      serviceNames.darwin.manager,
      `${current}/bin/node`,
      `${current}/dist/rayfish.js`,
      'helper',
    ]);
    expect(definition).toContain(serviceNames.darwin.manager);
  });
});
