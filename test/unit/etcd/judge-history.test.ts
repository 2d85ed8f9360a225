import { describe, expect, it } from 'vitest';
import { judgeHistory } from '../../../src/etcd/judge-history.ts';
import { aRecord } from '../../support/etcd/snapshot-record.ts';

const at = (revision: number, clusterId = 'c1') => ({ revision, clusterId });

describe('judgeHistory', () => {
  it('takes the first, and whenever something was written', () => {
    expect(judgeHistory(at(1), undefined, false)).toBe('take');
    expect(judgeHistory(at(501), aRecord(), false)).toBe('take');
  });

  it('takes none when the newest is of this very revision', () => {
    expect(judgeHistory(at(500), aRecord(), false)).toBe('unchanged');
  });

  it('takes one when the newest may lack the last writes, because there were some while it was taken', () => {
    expect(judgeHistory(at(503), aRecord({ revision: { before: 500, after: 503 } }), false)).toBe('take');
  });

  it('refuses a revision before that of the newest, unless a new history begins', () => {
    expect(() => judgeHistory(at(499), aRecord(), false)).toThrow(
      expect.objectContaining({ name: 'EtcdRevisionWentBack', message: expect.stringContaining('at 500 or later') }),
    );
    expect(judgeHistory(at(499), aRecord(), true)).toBe('take');
  });

  it('refuses another cluster at whatever revision, unless a new history begins', () => {
    for (const revision of [1, 500, 900]) {
      expect(() => judgeHistory(at(revision, 'c2'), aRecord(), false)).toThrow(
        expect.objectContaining({ name: 'EtcdClusterReplaced' }),
      );
      expect(judgeHistory(at(revision, 'c2'), aRecord(), true)).toBe('take');
    }
  });
});
