/** What was measured of one kind of work. */
export interface Figures {
  /** How many were finished a second, each round for itself. */
  perSecond: number[];
  /** How long each took, in milliseconds, all rounds together. */
  milliseconds: number[];
}

export interface Row {
  name: string;
  /** Rounded to a tenth. */
  a_second: number;
  p50_ms: number;
  p99_ms: number;
}

/** @param share from 0 to 1; the value that this share of all values does not exceed (nearest rank) */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const middle = values.length / 2;
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** All rounds of one kind of work. */
export function join(rounds: readonly Figures[]): Figures {
  return {
    perSecond: rounds.flatMap(({ perSecond }) => perSecond),
    milliseconds: rounds.flatMap(({ milliseconds }) => milliseconds),
  };
}

export function row(name: string, { perSecond, milliseconds }: Figures): Row {
  return {
    name,
    a_second: round(median(perSecond), 1),
    p50_ms: round(percentile(milliseconds, 0.5), 1),
    p99_ms: round(percentile(milliseconds, 0.99), 1),
  };
}

export function table(rows: readonly Row[]): string {
  const line = (name: string, ...cells: string[]) => name.padEnd(44) + cells.map((cell) => cell.padStart(10)).join('');
  const body = rows.map(({ name, ...cells }) => line(name, ...Object.values(cells).map((cell) => cell.toFixed(1))));
  return [line('', 'a second', 'p50 ms', 'p99 ms'), ...body].join('\n');
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
