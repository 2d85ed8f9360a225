import * as z from 'zod/mini';
import { arn } from './arn.ts';

const days = (fallback: number, what: string) =>
  z._default(z.int().check(z.gte(0), z.lte(3650)), fallback).check(z.describe(what));

const Snapshots = z.strictObject({
  everythingForHours: z
    ._default(z.int().check(z.gte(0), z.lte(720)), 1)
    .check(z.describe('How long every snapshot is kept, in hours.')),
  hourlyForDays: days(7, 'How long the last snapshot of each hour is kept, in days.'),
  dailyForDays: days(90, 'How long the last snapshot of each day is kept, in days. The newest one is kept for ever.'),
});

const Maintenance = z.strictObject({
  defragmentBelowPercent: z
    ._default(z.int().check(z.gte(1), z.lte(95)), 50)
    .check(z.describe('A member is defragmented when less of its database is in use, in percent.')),
  minimumMebibytes: z
    ._default(z.int().check(z.gte(0), z.lte(8192)), 100)
    .check(z.describe('Smaller databases are left as they are, in MiB.')),
});

/** What every Kubernetes has, under the prefix that the API server has by default. */
const CANARY_KEYS = ['/registry/namespaces/kube-system', '/registry/namespaces/default'];

const Drills = z.strictObject({
  everyDays: z
    ._default(z.int().check(z.gte(1), z.lte(90)), 7)
    .check(z.describe('How often a snapshot is restored into an etcd of its own, in days.')),
  canaryKeys: z
    ._default(z.array(z.string().check(z.minLength(1))).check(z.maxLength(50)), CANARY_KEYS)
    .check(z.describe('Keys of etcd that have to be in every snapshot.')),
});

/** How etcd is reached, and what is kept of it. */
export const Etcd = z.strictObject({
  endpoints: z.optional(
    z
      .array(z.url({ protocol: /^https$/, error: 'must be an https URL' }))
      .check(
        z.minLength(1),
        z.maxLength(9),
        z.describe(
          'URL of each member as the functions reach it, https://10.0.0.10:2379. Default: port 2379 of the instances of groups with the role etcd, or control-plane where there are none.',
        ),
      ),
  ),
  secretArn: arn('secretsmanager').check(
    z.describe(
      'Secret with {"ca": "…", "certificate": "…", "key": "…"}, PEM: etcd’s own authority, and a client certificate under it.',
    ),
  ),
  tlsServerName: z.optional(
    z
      .string()
      .check(
        z.minLength(1),
        z.describe('Name to expect in the members’ certificates when it differs from the endpoint’s host.'),
      ),
  ),
  snapshots: z.prefault(Snapshots, {}).check(z.describe('How long snapshots are kept.')),
  drills: z.prefault(Drills, {}).check(z.describe('How snapshots are proven.')),
  maintenance: z.prefault(Maintenance, {}).check(z.describe('When members are defragmented.')),
});
