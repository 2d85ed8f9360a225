import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../simulator/cloud/service.ts';
import { compileEventPattern } from '../../simulator/eventbridge/pattern.ts';

interface RecordedCase {
  readonly name: string;
  readonly pattern: object | null;
  readonly patternText?: string;
  readonly event: unknown;
  readonly expect: 'match' | 'no-match' | 'invalid';
}

const folder = process.env.TENDER_RECORDINGS ?? '../shared/recordings';
const file = join(folder, 'event-patterns.json');

function verdict({ pattern, patternText, event }: RecordedCase): string {
  try {
    return compileEventPattern(patternText ?? pattern ?? 'null').matches(event) ? 'match' : 'no-match';
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidEventPatternException') return 'invalid';
    throw error;
  }
}

describe('what AWS answered to event patterns', () => {
  if (!existsSync(file)) {
    console.log(`event patterns: skipped, there are no recordings in ${folder} (set TENDER_RECORDINGS)`);
    test.skip('no recordings here: set TENDER_RECORDINGS to their folder', () => {});
    return;
  }
  test('is what the simulator answers', () => {
    // Prepare
    const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly RecordedCase[];

    // Act
    const wrong = cases
      .map((recorded) => ({ name: recorded.name, expected: recorded.expect, answered: verdict(recorded) }))
      .filter(({ expected, answered }) => expected !== answered);

    // Assess
    console.log(
      `event patterns: passed ${cases.length - wrong.length} / failed ${wrong.length} / total ${cases.length}`,
    );
    expect(wrong).toEqual([]);
  });
});
