/** No tunnel at all: what the machine, the cable and the tools can do. */
import type { Contender } from '../contender.js';

export const underlay: Contender = {
  name: 'underlay',
  about: 'no tunnel: the ceiling of the machine, and of the forwarder where that is the cable',
  maxKnown: 1,
  install: () => Promise.resolve(''),
  join({ left, right, lan }) {
    const pastedAt = Date.now();
    return Promise.resolve({
      ends: [
        { machine: left, address: lan.port(left).ipv4, pids: [] },
        { machine: right, address: lan.port(right).ipv4, pids: [] },
      ],
      pastedAt,
    });
  },
};
