/** Which seeds to play, from the environment: `TENDER_SEED` only this one; else `TENDER_SEEDS` (how many, 500) from `TENDER_SEED_BASE` (0). */
export function seedNumbers(environment: Readonly<Record<string, string | undefined>>): readonly number[] {
  const only = numberOf(environment, 'TENDER_SEED');
  if (only !== undefined) return [only];
  const base = numberOf(environment, 'TENDER_SEED_BASE') ?? 0;
  return Array.from({ length: numberOf(environment, 'TENDER_SEEDS') ?? 500 }, (_, index) => base + index);
}

function numberOf(environment: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`${name}=${text} is no whole number from 0 to 999999999`);
  return Number(text);
}
