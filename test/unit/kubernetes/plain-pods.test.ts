import { expect, it } from 'vitest';
import { type PlainPod, restartOf } from '../../../src/kubernetes/plain-pods.ts';

const since = '2026-03-01T11:50:00Z';
const died = (finishedAt: string) => ({ restartCount: 1, lastState: { terminated: { finishedAt } } });
const pod = (metadata: Partial<PlainPod['metadata']> = {}, status: PlainPod['status'] = {}): PlainPod => ({
  metadata: { namespace: 'default', name: 'shop-5d9c7b-x2x7q', ...metadata },
  spec: { nodeName: 'new' },
  status: { containerStatuses: [died('2026-03-01T11:59:00Z')], ...status },
});
const ownedBy = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, controller: true }] });

it.each([
  [
    'each revision of a Deployment',
    { ...ownedBy('ReplicaSet', 'shop-5d9c7b'), labels: { 'pod-template-hash': '5d9c7b' } },
    'default/ReplicaSet/shop',
  ],
  ['a ReplicaSet of its own by its name', ownedBy('ReplicaSet', 'shop-5d9c7b'), 'default/ReplicaSet/shop-5d9c7b'],
  ['each run of a CronJob', ownedBy('Job', 'report-29535120'), 'default/Job/report'],
  ['a Job of its own by its name', ownedBy('Job', 'report-2'), 'default/Job/report-2'],
  ['a DaemonSet by its name', ownedBy('DaemonSet', 'logs-20260301'), 'default/DaemonSet/logs-20260301'],
  ['a pod of its own by its name', {}, 'default/Pod/shop-5d9c7b-x2x7q'],
])('calls %s one workload', (_, metadata, workload) => {
  expect(restartOf(pod(metadata), since)?.workload).toBe(workload);
});

it('says when any container of a pod last died, a sidecar among them', () => {
  const seen = pod({}, { initContainerStatuses: [died('2026-03-01T11:59:30Z')] });
  expect(restartOf(seen, since)?.at).toBe('2026-03-01T11:59:30Z');
  expect(restartOf(seen, '2026-03-01T11:59:31Z')).toBeUndefined();
});
