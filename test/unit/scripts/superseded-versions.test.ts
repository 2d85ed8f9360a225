import { expect, it } from 'vitest';
import { supersededVersions, versionsNamedIn } from '../../../scripts/package/superseded-versions.ts';

const published = (version: string, day: number) => ({
  functionName: 'tender-dev-find-claim',
  version,
  publishedAt: new Date(Date.UTC(2026, 2, day)),
  bytes: 1,
});

it('goes by when a version was replaced, not by when it was published, and never takes the newest', () => {
  const versions = [published('10', 20), published('9', 10), published('2', 1)];
  const superseded = (day: number) =>
    supersededVersions(versions, new Date(Date.UTC(2026, 2, day))).map(({ version }) => version);
  expect([superseded(9), superseded(10), superseded(20), superseded(30)]).toEqual([[], ['2'], ['2', '9'], ['2', '9']]);
  expect(supersededVersions([published('1', 1)], new Date())).toEqual([]);
});

it('finds the versions that a definition names', () => {
  const arn = 'arn:aws:lambda:eu-central-1:111111111111:function:tender-dev-find-claim';
  expect(versionsNamedIn(JSON.stringify({ A: `${arn}:12`, B: arn, C: `${arn}:live`, D: `${arn}-x:3` }))).toEqual([
    'tender-dev-find-claim:12',
    'tender-dev-find-claim-x:3',
  ]);
});
