import { expect, it } from 'vitest';
import { s3RestoreJournal } from '../../../src/aws/s3-restore-journal.ts';
import type { Restore } from '../../../src/etcd/restore-ports.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

const restore: Restore = {
  cluster: 'demo',
  id: 'r-1',
  previousId: undefined,
  state: 'under-way',
  owner: 'arn:execution:1',
  begunAt: '2026-03-01T12:00:00.000Z',
  approval: { by: 'ada', at: '2026-03-01T12:00:00.000Z' },
  snapshot: { id: 's', takenAt: '', etcdClusterId: '1', revision: 4, sha256: '', databaseBytes: 9 },
  bumpRevision: 1,
  first: 'i-1',
  nodes: [],
  stopped: ['i-1'],
  suspended: {},
  etcdClusterIds: [],
};

/** S3 that refuses each write, and has this. */
function refusing(there: object) {
  return scriptedAws({
    PutObject: () =>
      awsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412),
    GetObject: () => ({ ETag: '"b"', Body: { transformToString: async () => JSON.stringify(there) } }),
  });
}

it.each([
  ['is its own, whose answer was lost', restore, 'written'],
  ['is that of an execution that has gone on with it', { ...restore, owner: 'arn:execution:2' }, 'conflict'],
  ['is an earlier one of its own', { ...restore, stopped: [] }, 'conflict'],
])('a restore that cannot be written because what is there %s', async (_, there, expected) => {
  expect(await s3RestoreJournal(refusing(there), 'state').write(restore, '"a"')).toBe(expected);
});
