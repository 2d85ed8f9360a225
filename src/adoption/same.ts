import { load } from 'js-yaml';
import type { Json } from './ports.ts';

/** Whether `there` has everything that is wanted. What a server adds by itself, defaults above all, does not count. */
export function covers(there: Json, wanted: Json): boolean {
  if (wanted === null || typeof wanted !== 'object') return there === wanted;
  if (there === null || typeof there !== 'object') return false;
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(there) &&
      there.length === wanted.length &&
      wanted.every((one, index) => covers(there[index] ?? null, one))
    );
  }
  const fields = there as Readonly<Record<string, Json>>;
  return Object.entries(wanted as Readonly<Record<string, Json>>).every(([key, value]) =>
    covers(fields[key] ?? null, value),
  );
}

/** Which of the wanted fields are not as they are wanted, as `health.repair`; `(all of it)` where there are no fields. */
export function differences(there: Json, wanted: Json): readonly string[] {
  if (covers(there, wanted)) return [];
  const [own, expected] = [fieldsOf(there), fieldsOf(wanted)];
  if (!own || !expected) return ['(all of it)'];
  const names = Object.keys({ ...expected, ...(typeof wanted === 'string' && own) });
  const found = names.flatMap((name) => {
    const [mine, other] = [own[name] ?? null, expected[name] ?? null];
    if (covers(mine, other) && covers(other, mine)) return [];
    if (covers(mine, other) && typeof wanted !== 'string') return [];
    const inner = differences(mine, other);
    return inner.length === 0 || inner[0] === '(all of it)' ? [name] : inner.map((one) => `${name}.${one}`);
  });
  return found.length === 0 ? ['(its text)'] : found;
}

/** The fields of an object, or of the YAML that a text is. */
function fieldsOf(value: Json): Readonly<Record<string, Json>> | undefined {
  const parsed = typeof value === 'string' && value.includes('\n') ? loaded(value) : value;
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) return undefined;
  return parsed as Readonly<Record<string, Json>>;
}

function loaded(text: string): Json {
  try {
    return load(text) as Json;
  } catch {
    return null;
  }
}
