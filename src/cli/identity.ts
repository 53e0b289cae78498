/** `id` and `ip`: what this machine, or a peer, is known by. */
import type { Command } from 'commander';
import { Failure } from '../shared/errors.js';
import { findPeer } from '../shared/peer-reference.js';
import type { Status } from '../shared/status.js';
import { examples, type Cli } from './cli.js';

interface IpOptions {
  4?: boolean;
  6?: boolean;
}

/** The addresses one can be reached at now. */
interface Addresses {
  ipv4: string | null;
  ipv6: string;
}

export function addIdentityCommands(program: Command, cli: Cli): void {
  addId(program, cli);
  examples(
    program
      .command('ip')
      .description('print your addresses, or one of a peer')
      .argument('[peer]', 'name, ID, or the beginning of an ID')
      .option('-4', 'the IPv4 address only')
      .option('-6', 'the IPv6 address only')
      .action(async (reference: string | undefined, options: IpOptions) => {
        if (options[4] === true && options[6] === true) throw new Failure('usage', '-4 and -6 exclude each other.');
        const status = await cli.withHelper((helper) => helper.call('status', {}));
        if (reference === undefined) printOwn(status, options, cli);
        else printPeers(status, reference, options, cli);
      }),
    ['ssh $(rayfish ip bob)', 'any program can use the address'],
    ['rayfish ip -6', 'this device’s IPv6 address'],
  );
}

function addId(program: Command, cli: Cli): void {
  const id = examples(
    program
      .command('id')
      .description('print your ID, which a friend needs to add you')
      .action(async () => {
        const { nodeId, failure } = await cli.withHelper((helper) => helper.call('status', {}));
        if (nodeId === '')
          throw new Failure('identity-unreadable', failure?.message ?? 'The identity of this device cannot be read.');
        cli.print({ nodeId }, () => nodeId);
      }),
    ['rayfish id', 'nothing but the ID: it can be copied or piped'],
  );
  examples(
    id
      .command('reset')
      .description('make a new ID; the old one is gone for good')
      .option('-y, --yes', 'don’t ask')
      .action(async ({ yes }: { yes?: boolean }) => {
        if (yes !== true) await confirmReset(cli);
        const result = await cli.withHelper((helper) => helper.call('reset-identity', {}));
        cli.print(
          result,
          () => `This device has a new ID and new addresses. Each peer has to add it:\n${result.nodeId}`,
        );
      }),
    ['sudo rayfish id reset', 'asks before it does it'],
  );
}

async function confirmReset({ io, json }: Cli): Promise<void> {
  if (!io.interactive || json)
    throw new Failure('usage', 'This gives up the present ID for good. If you mean it, add --yes.');
  const question = 'Your ID and your addresses change for good, and each peer has to add the new ID. Go on? [y/N] ';
  const answer = await io.ask(question);
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new Failure('wrong-state', 'Nothing was changed.');
}

function printOwn(status: Status, options: IpOptions, cli: Cli): void {
  if (status.nodeId === '')
    throw new Failure('identity-unreadable', 'This device has no address while its identity cannot be read.');
  const own: Addresses = { ipv4: status.ipv6Only ? null : status.ipv4, ipv6: status.ipv6 };
  const chosen =
    options[4] === true || options[6] === true ? [best(own, options, 'This device')] : [own.ipv4, own.ipv6];
  cli.print({ ...own }, () => chosen.filter((address) => address !== null).join('\n'));
}

function printPeers(status: Status, reference: string, options: IpOptions, cli: Cli): void {
  const { id, name, ipv4, ipv6 } = findPeer(status.peers, reference);
  const reachable: Addresses = { ipv4: status.ipv6Only ? null : ipv4, ipv6 };
  const address = best(reachable, options, name);
  cli.print({ id, name, address, ...reachable }, () => address);
}

/** IPv4 where it works, since every program takes it; else IPv6. */
function best({ ipv4, ipv6 }: Addresses, options: IpOptions, whose: string): string {
  if (options[6] === true) return ipv6;
  if (options[4] === true && ipv4 === null) {
    throw new Failure('wrong-state', `${whose} can’t be reached by IPv4 now; by IPv6 at ${ipv6}.`);
  }
  return ipv4 ?? ipv6;
}
