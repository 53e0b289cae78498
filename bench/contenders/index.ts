/** Everybody who takes part, in the order of the table. */
import type { Contender } from '../contender.js';
import { nebula } from './nebula.js';
import { ours, oursQuic } from './ours.js';
import { rayfish } from './rayfish.js';
import { tinc } from './tinc.js';
import { underlay } from './underlay.js';
import { boringtun, wireguardGo } from './wireguard.js';
import { yggdrasil, yggdrasilOwnMtu } from './yggdrasil.js';

export const contenders: readonly Contender[] = [
  ours,
  oursQuic,
  wireguardGo,
  rayfish,
  boringtun,
  nebula,
  tinc,
  yggdrasil,
  yggdrasilOwnMtu,
  underlay,
];
