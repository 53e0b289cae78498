/**
 * Invite links, `rayfish://add/<node-id>?addr=ip:port&addr=…&relay=URL&name=…`: a node ID with what helps to
 * reach it. An invite grants nothing by itself.
 */
import * as z from 'zod';
import { Failure } from './errors.js';
import { parseNodeId } from './node-id.js';
import { isOverlayAddress } from './overlay-address.js';
import { sanitiseName } from './peer-name.js';

export interface Invite {
  /** Node ID in canonical form. */
  id: string;
  /** Outer addresses, `ip:port` or `[ip]:port`; at most `maxInviteAddresses`, never of the overlay. */
  addresses: string[];
  /** Relay URL where the node can be met, if it uses one. */
  relay: string | null;
  /** What the node calls itself, sanitised; never trusted, possibly empty. */
  name: string;
}

export const maxInviteAddresses = 8;
const maxInviteLength = 4096;
const scheme = 'rayfish:';

/** Whether a pasted text means to be an invite rather than a bare node ID. */
export function looksLikeInvite(text: string): boolean {
  return /^["'“‘<\s]*rayfish:/i.test(text);
}

/** The link of an invite; addresses beyond the limit and those of the overlay are left out. */
export function buildInvite(invite: Invite): string {
  const parameters = new URLSearchParams();
  const reachable = invite.addresses.filter(isOuterAddress);
  for (const address of reachable.slice(0, maxInviteAddresses)) parameters.append('addr', address);
  if (invite.relay !== null) parameters.append('relay', invite.relay);
  if (invite.name !== '') parameters.append('name', invite.name);
  const query = parameters.toString();
  return `${scheme}//add/${invite.id}${query === '' ? '' : `?${query}`}`;
}

/**
 * Reads an invite link as a person pasted it. Parameters it does not know are ignored, so that later invites can
 * carry more.
 * @throws Failure `invite-malformed`, naming the part that is wrong.
 */
export function parseInvite(text: string): Invite {
  const url = inviteUrl(text);
  const parsed = inviteParts.safeParse({
    addresses: url.searchParams.getAll('addr'),
    relay: url.searchParams.get('relay'),
    name: url.searchParams.get('name') ?? '',
  });
  if (!parsed.success) throw malformed(parsed.error.issues[0]?.message ?? 'it cannot be read');
  return { id: inviteNodeId(url), ...parsed.data };
}

/** `ip:port` with a real port and an address outside the overlay. */
const outerAddress = z.string().refine(isOuterAddress, {
  error: (issue) => `“${sanitiseName(String(issue.input))}” is not an address with a port that can be dialled`,
});

const inviteParts = z.object({
  addresses: z.array(outerAddress).max(maxInviteAddresses, `it has more than ${maxInviteAddresses} addresses`),
  relay: z
    .url({ protocol: /^https?$/, error: 'its relay is not a web address' })
    .max(512, 'its relay address is too long')
    .nullable(),
  name: z.string().transform(sanitiseName),
});

function isOuterAddress(text: string): boolean {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):([0-9]{1,5})$/i.exec(text);
  if (parts === null) return false;
  const [, ipv6, ipv4, port] = parts;
  if (Number(port) < 1 || Number(port) > 65535) return false;
  const address = ipv6 === undefined ? z.ipv4().safeParse(ipv4) : z.ipv6().safeParse(ipv6);
  return address.success && !isOverlayAddress(address.data);
}

function inviteUrl(text: string): URL {
  if (text.length > maxInviteLength) throw malformed('it is too long');
  // Line breaks and quotes come along when a link is copied out of a message.
  const link = text.replace(/[\s\p{Cf}"'“”‘’<>«»]/gu, '');
  const url = URL.canParse(link) ? new URL(link) : null;
  if (url?.protocol !== scheme || url.host === '') throw malformed('it does not begin with rayfish://add/');
  if (url.host !== 'add') throw malformed(`“${url.host}” is not something a rayfish link can do; “add” is`);
  return url;
}

function inviteNodeId(url: URL): string {
  try {
    return parseNodeId(decodeURIComponent(url.pathname.replace(/^\/|\/$/g, '')));
  } catch (error) {
    throw malformed(error instanceof Failure ? `its node ID is wrong. ${error.message}` : 'its node ID cannot be read');
  }
}

function malformed(fault: string): Failure {
  return new Failure('invite-malformed', `This invite cannot be used: ${/[.?]$/.test(fault) ? fault : `${fault}.`}`);
}
