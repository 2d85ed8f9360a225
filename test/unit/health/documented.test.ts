import { describe, expect, it } from 'vitest';
import { rulesOf } from '../../../src/health/rules.ts';
import { textOf } from '../../support/source-files.ts';

const page = textOf('docs/health.md');
const rows = page.split('\n').filter((line) => line.startsWith('| '));

describe('docs/health.md', () => {
  it('has each default rule: its signal, its minutes and its ladder', () => {
    const wrong = [...rulesOf({ rules: [] })].flatMap(([signal, [rule]]) => {
      const row = rows.find((line) => (line.split('|')[1] ?? '').includes(`\`${signal}\``)) ?? '';
      const [, , , after = '', done = ''] = row.split('|').map((cell) => cell.trim());
      const minutes = rule?.afterMinutes === 0 ? /^(at once|–)$/ : new RegExp(`^${rule?.afterMinutes} min$`);
      const ladder = rule?.ladder.join(', ') ?? '';
      const says =
        ladder === ''
          ? 'shown'
          : signal === 'NodeWithoutInstance'
            ? 'deleted'
            : signal === 'EtcdMemberUnhealthy'
              ? 'else page'
              : ladder;
      const isRight = row !== '' && (ladder === '' || minutes.test(after)) && done.includes(says);
      return isRight ? [] : [`${signal}: after ${rule?.afterMinutes} min ${ladder || 'shown'}; the page says: ${row}`];
    });

    expect(wrong).toEqual([]);
  });

  it('has each reason for doing nothing', () => {
    const type = /export type Reason =([^;]*);/.exec(textOf('src/health/decision.ts'))?.[1] ?? '';
    const reasons = [...type.matchAll(/'([a-z-]+)'/g)].map(([, reason = '']) => reason);

    expect(reasons.length).toBeGreaterThan(20);
    expect(
      reasons.filter((reason) => !rows.some((line) => (line.split('|')[1] ?? '').includes(`\`${reason}\``))),
    ).toEqual([]);
  });
});
