/** The list of scenarios. A file of `scenarios/` adds its own by being imported. */
import type { Need } from './needs.js';
import type { World } from './world.js';

export interface ScenarioOptions {
  needs?: readonly Need[];
  /** Runs with nothing beside it: it measures time or load. */
  alone?: boolean;
  timeoutMs?: number;
}

/** How much of a scenario is run: `short` proves it, `long` also soaks it. */
export type Scale = 'short' | 'long';

export type Play = (world: World, scale: Scale) => Promise<void>;

export interface Scenario extends Required<ScenarioOptions> {
  name: string;
  play: Play;
}

export const scenarios: Scenario[] = [];

/** Adds a scenario. Its name is a sentence about the product, after the topic and a colon. */
export function scenario(name: string, options: ScenarioOptions, play: Play): void {
  if (scenarios.some((other) => other.name === name)) throw new Error(`two scenarios are called "${name}"`);
  scenarios.push({ name, needs: [], alone: false, timeoutMs: 60_000, ...options, play });
}
