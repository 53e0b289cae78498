/** `invite`, `add`, `peers`, `rename`, `remove`. */
import type { Command } from 'commander';
import type { PeerStatus, Status } from '../shared/status.js';
import { examples, type Cli } from './cli.js';
import { printable, wrap, type Paint } from './output.js';
import { ago, bytes } from '../shared/quantities.js';
import { carriers, grant, pathWords, peerStateWords } from './words.js';

export const peerArgument = ['<peer>', 'name, ID, or the beginning of an ID'] as const;

export function addPeerCommands(program: Command, cli: Cli): void {
  addAdd(program, cli);
  addInvite(program, cli);
  addPeers(program, cli);
  addRenameAndRemove(program, cli);
}

function addAdd(program: Command, cli: Cli): void {
  examples(
    program
      .command('add')
      .description('add somebody by their ID or invite')
      // A pasted ID may come with spaces and line breaks in it.
      .argument('<id-or-invite...>', 'what they gave you')
      .option('-n, --name <name>', 'what you call them; otherwise what they call themselves')
      .addHelpText(
        'after',
        '\nThey can then reach every port of this device, and you theirs, once they have\nadded you too.',
      )
      .action(async (parts: string[], { name }: { name?: string }) => {
        const params = { target: parts.join(' '), ...(name === undefined ? {} : { name }) };
        const { peer, status } = await cli.withHelper(async (helper) => ({
          ...(await helper.call('add-peer', params)),
          status: await helper.call('status', {}),
        }));
        cli.print({ peer }, () => addedText(peer, status, cli.io.columns));
      }),
    ['sudo rayfish add 3f9c…e1 --name bob', 'by ID: `rayfish id` prints it'],
    ["sudo rayfish add 'rayfish://add/3f9c…'", 'by invite, in quotes'],
  );
}

function addInvite(program: Command, cli: Cli): void {
  examples(
    program
      .command('invite')
      .description('print your ID as a link, with where to find you')
      .action(async () => {
        const result = await cli.withHelper((helper) => helper.call('invite', {}));
        cli.print(result, () => result.link);
        if (cli.io.terminal && !cli.json) {
          cli.io.err('Send it to a friend. When they add it, you are asked whether to accept them: rayfish status\n');
        }
      }),
    ['sudo rayfish invite', 'for `rayfish add` on another device'],
  );
}

function addPeers(program: Command, cli: Cli): void {
  examples(
    program
      .command('peers')
      .description('list whom you have added, in full')
      .action(async () => {
        const { peers } = await cli.withHelper((helper) => helper.call('status', {}));
        const none = 'No peers yet. Add one with: rayfish add <their ID>';
        const { io, paint } = cli;
        cli.print({ peers }, () =>
          peers.length === 0 ? none : peers.map((peer) => peerText(peer, io.now(), paint)).join('\n\n'),
        );
      }),
    ['rayfish peers --json', 'for a program'],
  );
}

function addRenameAndRemove(program: Command, cli: Cli): void {
  examples(
    program
      .command('rename')
      .description('call a peer something else')
      .argument(...peerArgument)
      .argument('<name>', 'what you call them from now on')
      .action(async (reference: string, name: string) => {
        const result = await cli.withHelper((helper) => helper.call('rename-peer', { peer: reference, name }));
        cli.print(result, () => `‘${printable(reference)}’ is now ‘${printable(result.peer.name)}’.`);
      }),
    ['sudo rayfish rename 3f9c41d2 bob', ''],
  );
  examples(
    program
      .command('remove')
      .description('no longer reach each other')
      .argument(...peerArgument)
      .action(async (reference: string) => {
        const removed = await cli.withHelper((helper) => helper.call('remove-peer', { peer: reference }));
        const name = printable(removed.name);
        cli.print(removed, () => `Removed ${name}: they can no longer reach this device, nor you theirs.`);
      }),
    ['sudo rayfish remove bob', 'cuts them off at once'],
  );
}

/** What was granted, and what happens next. */
function addedText(peer: PeerStatus, status: Status, columns: number): string {
  const next = (): string => {
    if (status.state === 'standby') return 'Rayfish is off. Turn it on with: rayfish up';
    if (peer.state === 'connected') return `You are connected: ${peer.ipv4 ?? peer.ipv6}`;
    const waiting = 'Once they have added you too, you are connected. If they have not, give them your ID:';
    return `${wrap(waiting, columns)}\n${status.nodeId}`;
  };
  return `${wrap(`Added ${printable(peer.name)}. ${grant(peer)}`, columns)}\n${next()}`;
}

function peerText(peer: PeerStatus, now: number, paint: Paint): string {
  const seen = peer.state === 'connected' || peer.state === 'paused' ? [] : [`last seen ${ago(peer.lastSeen, now)}`];
  const path = peer.path === null ? [] : [pathWords(peer.path)];
  const remote = typeof peer.path?.remote === 'string' ? [`  Path     ${printable(peer.path.remote)}`] : [];
  const carrier =
    peer.path === null ? [] : [`  Carrier  ${carriers[peer.path.carrier]}: ${printable(peer.path.carrierReason)}`];
  const drops = peer.drops === 0 ? '' : `, ${peer.drops} packets dropped`;
  return [
    `${paint('bold', printable(peer.name))}: ${[peerStateWords[peer.state], ...path, ...seen].join(', ')}`,
    `  ID       ${peer.id}`,
    `  IPv4     ${peer.ipv4 ?? 'none, reach them by IPv6'}`,
    `  IPv6     ${peer.ipv6}`,
    ...remote,
    ...carrier,
    `  Traffic  ${bytes(peer.txBytes)} sent, ${bytes(peer.rxBytes)} received${drops}`,
  ].join('\n');
}
