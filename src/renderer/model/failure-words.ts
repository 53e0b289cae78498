/** Why nothing works, as a person wants to hear it: consequence, cause, and one action. */
import type { Status } from '../../shared/status.js';
import type { HeroAction } from './headline.js';

export interface FailureWords {
  title: string;
  detail: string;
  action: HeroAction | null;
}

const retry: HeroAction = { kind: 'up', label: 'Try again' };

const known: Record<string, FailureWords> = {
  'identity-unreadable': {
    title: 'Identity unreadable',
    detail:
      'Rayfish is off: the file with this device’s identity is damaged. Put back a copy of it, or make a new identity.',
    action: { kind: 'new-identity', label: 'New identity…' },
  },
  'tun-lost': {
    title: 'Tunnel lost',
    detail: 'Nothing passes: another program took the tunnel device away.',
    action: { kind: 'up', label: 'Make a new one' },
  },
  'tun-unavailable': {
    title: 'No tunnel here',
    detail: 'Rayfish is off: this system does not offer tunnel devices. Its tun driver may not be loaded.',
    action: retry,
  },
  'tun-name-taken': {
    title: 'Name in use',
    detail: 'Rayfish is off: another program has a network interface of the name it was told to use.',
    action: retry,
  },
  'endpoint-failed': {
    title: 'Port in use',
    detail: 'Rayfish is off: it cannot open its network port. Another program may hold it.',
    action: retry,
  },
  'not-root': {
    title: 'Not permitted',
    detail: 'Rayfish is off: the background service lacks the right to make a tunnel.',
    action: { kind: 'replace-service', label: 'Set it up again…' },
  },
};

/** @param failure the helper's; only codes without words of their own show its sentence. */
export function failureWords(failure: Status['failure']): FailureWords {
  if (failure === null) return { title: 'Not working', detail: 'Rayfish is off.', action: retry };
  if (failure.code === 'cgnat-conflict') {
    return {
      title: 'Address conflict',
      detail: failure.message.replace(/ Turn that off.*$/, ' With IPv6 only, both work.'),
      action: { kind: 'allow-ipv6-only', label: 'Use IPv6 only' },
    };
  }
  return known[failure.code] ?? { title: 'Not working', detail: failure.message, action: retry };
}
