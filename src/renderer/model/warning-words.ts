/** A title for each warning; its sentence comes from the helper. */
import type { Warning } from '../../shared/status.js';
import { plainSentence } from '../../shared/plain-text.js';

const titles: Record<Warning['code'], string> = {
  'cgnat-conflict': 'Using IPv6 only',
  'overlay-ipv6-conflict': 'Sharing the IPv6 range',
  'ipv6-unavailable': 'No IPv6 on this device',
  'ipv4-collision': 'One peer has IPv6 only',
  'firewall-blocks-tunnel': 'Your firewall blocks peers',
  'firewall-blocks-port': 'Your firewall slows connecting',
  'port-taken': 'Another port is used',
  'peers-unreadable': 'Your peers could not be read',
  'state-unreadable': 'A file could not be read',
  'state-unwritable': 'Changes cannot be saved',
  'network-configuration': 'Some of the network is not set up',
  'mdns-unavailable': 'Not looking on the local network',
};

const calm: readonly Warning['code'][] = ['cgnat-conflict', 'overlay-ipv6-conflict', 'ipv4-collision', 'port-taken'];

export interface WarningView {
  key: string;
  code: Warning['code'];
  title: string;
  message: string;
  /** Works all the same: said without alarm. */
  calm: boolean;
  dismissable: boolean;
}

export function warningView(warning: Warning): WarningView {
  const { code, message, address, sticky } = warning;
  return {
    key: [code, warning.interface, address, warning.peer, message].join(' '),
    code,
    title: titles[code],
    message: plainSentence(message),
    calm: calm.includes(code),
    dismissable: sticky,
  };
}
