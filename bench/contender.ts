/** A program that joins two machines: how it is installed, and how two of it are brought together. */
import type { Machine } from '../e2e/machine.js';
import type { Installer } from './installer.js';
import type { Site } from './site.js';

/** One end of a tunnel that stands, or is about to. */
export interface End {
  machine: Machine;
  /** Its address inside the tunnel. */
  address: string;
  /** The processes whose time and memory the tunnel costs here. */
  pids: readonly number[];
}

export interface Joined {
  /** The sender of most measurements first. */
  ends: readonly [End, End];
  /** When the last word was said that the two need to find each other, in milliseconds since the epoch. */
  pastedAt: number;
  /** Waits until the tunnel is as it will be, after its first echo. */
  settle?: () => Promise<void>;
}

export interface Contender {
  /** Its key in the results. */
  readonly name: string;
  /** What it is and how it is set up, for a reader of the table. */
  readonly about: string;
  /** The most peers each end can be told of without their running; 1 where it keeps no list. */
  readonly maxKnown: number;
  /**
   * Sees to it that it is installed.
   * @returns its version, or an empty string.
   * @throws Error why it cannot take part, in words for the table.
   */
  install(installer: Installer): Promise<string>;
  /**
   * Starts one on each machine of the site and tells them of each other.
   * @param known how many peers each end knows, the other end included.
   */
  join(site: Site, known: number): Promise<Joined>;
}

/** The MTU inside every tunnel but those that say otherwise. */
export const innerMtu = 1280;

/** Addresses inside the tunnels of those who let one choose: the two ends, and peers that are only known. */
export const inner = {
  left: '10.77.0.1',
  right: '10.77.0.2',
  prefix: 16,
  /** @param index from 0 */
  known: (index: number): string => `10.77.${(index >> 8) + 1}.${index & 0xff}`,
} as const;
