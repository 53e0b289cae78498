/** What the programs of e2e/ and bench/ take: known here too, so that a mistake shows before everything is built. */

/** @typedef {import('./command-line.mjs').Usage} Usage */

export const demoUsage = /** @satisfies {Usage} */ ({
  command: 'npm run demo --',
  about: `Two devices that reach each other by pasted node ID: network namespaces on this one, each with a helper and a tunnel
of its own. Needs Linux and root. Progress goes to standard error.`,
  options: {
    json: { about: 'print what was measured as one JSON object' },
    keep: { about: 'leave both running, and say how to look at them' },
    remove: { about: 'remove what --keep has left' },
  },
});

export const scenariosUsage = /** @satisfies {Usage} */ ({
  command: 'npm run e2e --',
  about: `Plays the scenarios (e2e/README.md): real helpers on real tunnel devices, in network namespaces that are removed at the
end. Needs Linux and root.

RAYFISH_SEED=N plays what is left to chance as a run that said "seed N".`,
  options: {
    only: { takes: 'TEXT', about: 'those with TEXT in their names' },
    long: { about: 'with the durations and counts that are promised, not the short ones of npm test' },
    json: { takes: 'FILE', about: 'write what came out to FILE as well' },
    list: { about: 'print the names and play nothing' },
  },
});

/** Contenders and rows are those of bench/, as their test says. */
export const benchUsage = /** @satisfies {Usage} */ ({
  command: 'npm run bench --',
  about: `Measures Rayfish beside other VPNs: two network namespaces, a veth pair, the same MTU inside, one after the other in
rounds, each figure the median of its rounds. Needs Linux and root. Progress goes to standard error.

Contenders are installed by their own package managers into ~/.cache/rayfish-desktop/bench, or RAYFISH_BENCH_CACHE.
The first time that takes about 20 minutes.`,
  options: {
    rounds: { takes: 'N', about: 'rounds; default 5' },
    only: {
      takes: 'A,B,…',
      about: `these contenders: ours, oursQuic, wireguard-go, rayfish, boringtun, nebula, tinc, yggdrasil,
yggdrasil-65535, underlay`,
    },
    rows: {
      takes: 'A,B,…',
      about: `these rows:
base            a veth pair, one known peer
known           the same with 1,000 known peers at each end
no-segmentation the sender's device cannot segment UDP
delay           50 ms there and back, by the forwarder
loss            1 % of the packets lost in each direction, by the forwarder
scale           one known peer and 1,000 in turns
eight           one sender and 8 peers on one bridge
memory          1,000 known peers, 100 of them connected
lookup          the micro-benchmark of the path of a packet`,
    },
    check: { about: 'say which bars are passed, and end with 1 where one is not; needs 5 rounds' },
    json: { about: 'print the medians and ratios as one JSON object' },
    write: { about: 'put the figures into docs/ (benchmarks.md, benchmarks.json, benchmarks.svg)' },
    quick: { about: 'one short round, 3 minutes: shows that everything runs and decides nothing' },
  },
});
