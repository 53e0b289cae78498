/** What cannot be arranged on a real kernel: no iproute2, no IPv6 at all, commands that fail. */
import { describe, expect, it } from 'vitest';
import { CommandMissing, type CommandResult, type Runner } from '../runner.js';
import { wish as withPeer } from '../wish.test-support.js';
import { LinuxNetwork } from './linux-network.js';

const wish = { ...withPeer, peers6: [] };

const link = { ifindex: 3, ifname: 'rayfish0', flags: ['POINTOPOINT', 'NOARP'], mtu: 1280, ifalias: 'rayfish-desktop' };
const report = [[link], [{}, {}], [], []].map((part) => JSON.stringify(part)).join('\n');

/** Answers queries and changes of each family; changes are recorded. */
function host(answers: Partial<Record<'read4' | 'read6' | 'write4' | 'write6', Partial<CommandResult>>>): {
  network: LinuxNetwork;
  written: string[];
} {
  const written: string[] = [];
  const run: Runner['run'] = (_command, args, input = '') => {
    const write = !args.includes('-json');
    if (write) written.push(...input.trim().split('\n'));
    const answer = answers[`${write ? 'write' : 'read'}${args[0] === '-4' ? '4' : '6'}`];
    return Promise.resolve({ code: 0, stdout: write ? '' : report, stderr: '', ...answer });
  };
  return { network: new LinuxNetwork(fake(run)), written };
}

function fake(run: Runner['run']): Runner {
  return {
    run,
    follow: () => {
      throw new Error('not used');
    },
  };
}

describe('LinuxNetwork', () => {
  it('names the package when there is no ip command', async () => {
    const network = new LinuxNetwork(fake(() => Promise.reject(new CommandMissing('ip'))));
    const expected = { code: 'network-configuration', message: expect.stringContaining('package iproute2') as string };
    await expect(network.apply(wish)).rejects.toMatchObject(expected);
    await expect(network.survey(null)).rejects.toMatchObject(expected);
    await expect(network.remove(7)).resolves.toBeUndefined();
  });

  it('goes on with IPv4 and one warning on a kernel without IPv6', async () => {
    const stderr = 'RTNETLINK answers: Address family not supported by protocol\nDump terminated\n';
    const { network, written } = host({ read6: { code: 2, stdout: JSON.stringify([link]), stderr } });
    const { warnings } = await network.apply(wish);
    expect(warnings.map(({ code }) => code)).toEqual(['ipv6-unavailable']);
    expect(warnings[0]?.message).toContain('Address family not supported by protocol');
    expect(written).toContain('link set dev rayfish0 up');
    expect(written.filter((line) => line.includes(':'))).toEqual([]);
  });

  it('tells a step that failed, by what it said, from those that did not', async () => {
    const stderr = 'RTNETLINK answers: Operation not permitted\nCommand failed -:1\n';
    const { network } = host({ write4: { code: 1, stderr } });
    const { warnings, changes } = await network.apply(wish);
    expect(warnings).toEqual([
      {
        code: 'network-configuration',
        message:
          'Some peers may not be reached: the backstop 100.64.0.0/10 could not be changed (Operation not permitted).',
        interface: 'rayfish0',
        sticky: false,
      },
    ]);
    expect(changes).not.toContain('the backstop 100.64.0.0/10');
    expect(changes).toContain('the address 100.90.1.2 on rayfish0');
  });

  it('fails, not half up, when the link does not come up', async () => {
    // The lines of the IPv6 stretch: two backstops, two rules, the link.
    const stderr = 'RTNETLINK answers: Operation not permitted\nCommand failed -:5\n';
    const { network } = host({ write6: { code: 1, stderr } });
    await expect(network.apply(wish)).rejects.toMatchObject({
      code: 'network-configuration',
      message: 'Cannot set the link of rayfish0 (up): Operation not permitted.',
    });
  });

  it('reports repairs only for the wish that was in force', async () => {
    const { network } = host({});
    expect((await network.apply(wish)).repaired).toBe(false);
    expect((await network.apply({ ...wish, peers6: ['222::7'] })).repaired).toBe(false);
    expect((await network.apply({ ...wish, peers6: ['222::7'] })).repaired).toBe(true);
  });
});
