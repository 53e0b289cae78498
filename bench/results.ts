/** Everything a run has measured and what could not be measured, by contender and row. */
import { median, type Figure, type Measured } from './figures.js';
import type { Effort, UdpRates } from './measures.js';
import type { RowName } from './rows.js';

export interface Sample {
  round: number;
  contender: string;
  row: RowName;
  measured: Measured;
  problems: string[];
}

export interface Entrant {
  name: string;
  about: string;
  /** Empty where it has none. */
  version: string;
  /** Why it does not take part. */
  absent?: string;
}

/** What the figures depend on besides the programs. */
export interface Circumstances {
  /** ISO 8601 */
  at: string;
  rounds: number;
  effort: Omit<Effort, 'udpRates'>;
  /** Null where UDP was not measured. */
  udpRates: UdpRates | null;
  /** Whose loss-free rate they are twice of. */
  udpRatesOf: string | null;
  /** Cores, processor and kernel. */
  machine: string;
}

export class Results {
  readonly samples: Sample[] = [];

  constructor(
    readonly entrants: readonly Entrant[],
    readonly circumstances: Circumstances,
  ) {}

  /** All values of a figure, in the order of their rounds. */
  values(contender: string, row: RowName, figure: Figure): number[] {
    return this.#of(contender, row).flatMap(({ measured }) => {
      const value = measured[figure];
      return value === undefined || Number.isNaN(value) ? [] : [value];
    });
  }

  /** The median of a figure, or undefined where there is no value. */
  median(contender: string, row: RowName, figure: Figure): number | undefined {
    const values = this.values(contender, row, figure);
    return values.length === 0 ? undefined : median(values);
  }

  /** Ours over theirs, of the medians, or undefined where one is missing. */
  ratio(ours: string, theirs: string, row: RowName, figure: Figure): number | undefined {
    const [one, other] = [this.median(ours, row, figure), this.median(theirs, row, figure)];
    return one === undefined || other === undefined ? undefined : one / other;
  }

  /** One figure over another, of every play that has both: what the machine does meanwhile concerns both. */
  pairedRatios(contender: string, row: RowName, above: Figure, below: Figure): number[] {
    return this.#of(contender, row).flatMap(({ measured }) => {
      const ratio = (measured[above] ?? NaN) / (measured[below] ?? NaN);
      return Number.isFinite(ratio) ? [ratio] : [];
    });
  }

  /** What went wrong with a contender, each thing once. */
  problems(contender: string): string[] {
    const seen = this.samples.filter((sample) => sample.contender === contender);
    return [...new Set(seen.flatMap(({ row, problems }) => problems.map((problem) => `${row}: ${problem}`)))];
  }

  #of(contender: string, row: RowName): Sample[] {
    return this.samples.filter((sample) => sample.contender === contender && sample.row === row);
  }
}
