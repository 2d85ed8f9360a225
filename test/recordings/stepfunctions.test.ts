import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AwsError } from '../../simulator/cloud/service.ts';
import { type RecordedCase, runCase } from './stepfunctions-case.ts';
import { differences } from './stepfunctions-comparison.ts';

const folder = process.env.TENDER_RECORDINGS ?? '../shared/recordings';
const file = join(folder, 'stepfunctions.json');
const absent = !existsSync(file);
const title = absent
  ? `Step Functions as AWS recorded it (skipped: no ${file}; set TENDER_RECORDINGS)`
  : 'Step Functions as AWS recorded it';

interface Verdict {
  readonly recorded: RecordedCase;
  readonly result: 'passed' | 'refused' | 'failed';
  readonly why: string;
}

/** How many of all `jsonata` cases must pass, as a share of them. */
const wantedShare = 55 / 59;
const jsonPathFields =
  /^(InputPath|OutputPath|ResultPath|Parameters|Result|ResultSelector|ItemsPath|(Seconds|Timestamp|TimeoutSeconds|HeartbeatSeconds|Error|Cause|MaxConcurrency|ToleratedFailureCount|ToleratedFailurePercentage)Path|Variable)$|\.\$$/;
const pureTypes = new Set(['Pass', 'Succeed', 'Fail', 'Wait', 'Choice', 'Task', 'Map', 'Parallel']);

describe.skipIf(absent)(title, () => {
  const verdicts: Verdict[] = [];

  beforeAll(async () => {
    const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly RecordedCase[];
    for (const recorded of cases) verdicts.push(await judge(recorded));
    const count = (result: Verdict['result']): number => verdicts.filter((v) => v.result === result).length;
    const total = verdicts.length;
    console.log(
      `recordings: passed ${count('passed')} / refused ${count('refused')} / failed ${count('failed')} / total ${total}`,
    );
  }, 120_000);

  it('never answers otherwise than AWS did: what it cannot do it refuses when the machine is created', () => {
    const wrong = verdicts.filter((v) => v.result === 'failed').map((v) => `${v.recorded.name}\n  ${v.why}`);
    expect(wrong.join('\n')).toBe('');
  });

  it('passes at least 55 of 59 cases that are in JSONata throughout', () => {
    const jsonata = verdicts.filter((v) => v.recorded.features.includes('jsonata'));
    const passed = jsonata.filter((v) => v.result === 'passed').length;
    expect(jsonata.length).toBeGreaterThan(0);
    expect(passed / jsonata.length).toBeGreaterThanOrEqual(wantedShare);
  });

  it('passes every case whose states use no JSONPath field', () => {
    const pure = verdicts.filter((v) => usesNoJsonPath(v.recorded.definition));
    expect(pure.length).toBeGreaterThan(0);
    expect(pure.filter((v) => v.result !== 'passed').map((v) => `${v.recorded.name}: ${v.why}`)).toEqual([]);
  });

  it('names the state and the field in every refusal', () => {
    for (const { result, why } of verdicts) {
      if (result === 'refused') expect(why).toMatch(/field '[^']+'.* at \/\w+/);
    }
  });
});

async function judge(recorded: RecordedCase): Promise<Verdict> {
  try {
    const why = differences(recorded, await runCase(recorded)).join('\n  ');
    return { recorded, result: why === '' ? 'passed' : 'failed', why };
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidDefinition')
      return { recorded, result: 'refused', why: error.message };
    return { recorded, result: 'failed', why: String(error) };
  }
}

/** Whether no state has a field that only JSONPath has; fields of payloads (Assign, Output, Arguments) are data. */
function usesNoJsonPath(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(usesNoJsonPath);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => {
    if (pureTypes.has(String((value as { Type?: unknown }).Type)) && /^(Output|Arguments)$/.test(key)) return true;
    return !jsonPathFields.test(key) && usesNoJsonPath(member);
  });
}
