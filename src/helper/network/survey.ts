/** The survey both platforms give, from what they read. */
import { findCgnatConflicts, findOverlayIpv6Conflicts, isCgnat, isOverlayIpv6 } from './cgnat.js';
import type { Host } from './host.js';
import type { Survey } from './network.js';

/** @param ownTun our device's name, or null while there is none. */
export function surveyOf(host: Host, ownTun: string | null): Survey {
  return {
    cgnat: findCgnatConflicts(host, ownTun),
    overlayIpv6: findOverlayIpv6Conflicts(host, ownTun),
    lan: host.interfaces
      .filter((candidate) => candidate.running && !candidate.internal && candidate.name !== ownTun)
      .map(({ name, addresses }) => {
        // Overlay addresses are no way to reach a machine from outside the overlay, whoever's overlay it is.
        const usable = addresses.filter(({ usable, hostOnly }) => usable && !hostOnly).map(({ address }) => address);
        return {
          name,
          ipv4: usable.filter((address) => !address.includes(':') && !isCgnat(address)),
          ipv6: usable.filter((address) => address.includes(':') && !isOverlayIpv6(address)),
        };
      })
      .filter(({ ipv4, ipv6 }) => ipv4.length + ipv6.length > 0),
  };
}
