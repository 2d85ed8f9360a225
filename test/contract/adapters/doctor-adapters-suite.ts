import { describe, expect, it } from 'vitest';
import { carryOut, changesOf, takeBack } from '../../../src/adoption/carry-out.ts';
import type { AdoptionRecord, Json, Thing, Things, Wanted } from '../../../src/adoption/ports.ts';
import { needless, podDeletion, type RbacObject, rightsOf } from '../../../src/doctor/rights.ts';
import { adoptedObjects, mintedToken } from '../../../src/kubernetes/adopted-objects.ts';
import {
  bootstrapperGroups,
  heldRights,
  lackedRights,
  refusesForeignSecret,
} from '../../../src/kubernetes/inspected-access.ts';
import {
  allowances,
  daemonSetNames,
  plainNodes,
  singleWorkloads,
} from '../../../src/kubernetes/inspected-workloads.ts';
import type { KubernetesConnection } from '../../../src/kubernetes/open-cluster.ts';
import { connectionTo } from '../../support/kubernetes/connection-to.ts';
import type { ContractTarget } from '../../support/kubernetes/contract-target.ts';
import { administrator } from '../../support/kubernetes/identities.ts';
import { rbacManifest } from '../../support/kubernetes/manifests.ts';

type ObjectThing = Extract<Thing, { readonly kind: 'object' }>;

/** What the doctor asks of Kubernetes as Tender, and what an adoption changes there as an administrator. */
export function describeDoctorAdapters(target: () => ContractTarget, connection: () => KubernetesConnection): void {
  describe('the doctor', () => {
    it('finds that rbac.yaml grants Tender all that it names, and nothing needless', async () => {
      const rights = rightsOf((await rbacManifest()) as unknown as readonly RbacObject[]);
      expect(rights.length).toBeGreaterThan(20);
      expect(await lackedRights(connection(), rights)).toEqual([]);
      expect(await heldRights(connection(), needless)).toEqual([]);
      expect(await lackedRights(connection(), [podDeletion, ...needless])).toContain(needless[0]);
    });

    it('sees that a Secret which is no bootstrap token is refused, and writes none', async () => {
      expect(await refusesForeignSecret(connection())).toBe(true);
      const path = '/api/v1/namespaces/kube-system/secrets/tender-doctor-canary';
      expect((await target().send(administrator, 'GET', path)).status).toBe(404);
      expect(await refusesForeignSecret(connectionTo(target(), administrator))).toBe(false);
      expect((await target().send(administrator, 'GET', path)).status).toBe(404);
    });

    it('reads who may ask for certificates, and what runs', async () => {
      expect(await bootstrapperGroups(connection())).toContain('system:bootstrappers:tender');
      const lists = [plainNodes, allowances, daemonSetNames].map((list) => list(connection()));
      for (const list of await Promise.all(lists)) expect(Array.isArray(list)).toBe(true);
      expect(await singleWorkloads(connection())).toMatchObject({ singles: expect.any(Array) });
    });
  });

  describe('an adoption', () => {
    const things = (): Things => {
      const objects = adoptedObjects(connectionTo(target(), administrator));
      return {
        read: (thing) => objects.read(thing as ObjectThing),
        write: (thing, value) => objects.write(thing as ObjectThing, value),
      };
    };
    const wantedOf = (object: RbacObject & { readonly apiVersion: string }, name: string): Wanted => {
      const { apiVersion, kind, metadata } = object;
      const thing: Thing = { kind: 'object', apiVersion, object: kind, namespace: metadata.namespace ?? '', name };
      return { thing, after: JSON.parse(JSON.stringify({ ...object, metadata: { ...metadata, name } })) as Json };
    };
    const manifest = async () =>
      (await rbacManifest()) as unknown as readonly (RbacObject & { readonly apiVersion: string })[];

    it('finds nothing to change where rbac.yaml was applied', async () => {
      const wanted = (await manifest()).map((object) => wantedOf(object, object.metadata.name));
      expect(await changesOf(wanted, things())).toEqual([]);
    });

    it('makes objects of each kind, changes what somebody else has, and takes all of it back', async () => {
      const wanted = (await manifest()).map((object) => wantedOf(object, `${object.metadata.name}-adopted`));
      const [first, ...others] = wanted;
      if (!first) throw new Error('the manifest is empty');
      const last = others.findLast(
        ({ thing }) => thing.kind === 'object' && thing.object === 'ValidatingAdmissionPolicy',
      );
      const theirs = last && {
        ...last,
        after: {
          ...(last.after as object),
          spec: { ...(last.after as { spec: object }).spec, failurePolicy: 'Ignore' },
        } as Json,
      };
      if (!theirs) throw new Error('the manifest has no policy');
      await things().write(theirs.thing, theirs.after);
      const before = await things().read(theirs.thing);
      let record: AdoptionRecord | undefined;
      const records = {
        read: async () => record,
        write: async (written: AdoptionRecord) => {
          record = written;
        },
        delete: async () => {
          record = undefined;
        },
      };
      const how = {
        things: things(),
        records,
        now: () => new Date(),
        made: () => undefined,
        changed: 'refuse' as const,
        atRest: async () => undefined,
      };

      await carryOut('demo', await changesOf(wanted, things()), how);
      expect(await changesOf(wanted, things())).toEqual([]);
      if (!record) throw new Error('nothing is on record');
      expect(await takeBack(record, how)).toEqual([]);

      expect(await things().read(first.thing)).toBeNull();
      expect(await things().read(theirs.thing)).toEqual(before);
      await things().write(theirs.thing, null);
      expect(await things().read(theirs.thing)).toBeNull();
    });

    it('goes on where a controller writes a status in between, and stops where somebody writes more', async () => {
      const administration = connectionTo(target(), administrator);
      const policy = (await manifest()).find(({ kind }) => kind === 'ValidatingAdmissionPolicy');
      if (!policy) throw new Error('the manifest has no policy');
      const { thing, after } = wantedOf(policy, `${policy.metadata.name}-written`);
      const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${policy.metadata.name}-written`;
      const objects = (before: () => Promise<unknown>) =>
        adoptedObjects({
          ...administration,
          send: async (method, ...sent) => {
            if (method === 'PUT') await before();
            return administration.send(method, ...sent);
          },
        });
      const merge = (body: object, of = path) =>
        target().send(administrator, 'PATCH', of, body, 'application/merge-patch+json');
      const changed = { ...(after as object), spec: { ...(after as { spec: object }).spec, failurePolicy: 'Ignore' } };
      await adoptedObjects(administration).write(thing as ObjectThing, after);

      let turns = 0;
      const aStatus = async () => {
        turns += 1;
        if (turns > 2) return;
        const status = { conditions: [conditionOfTurn(turns)] };
        expect((await merge({ status }, `${path}/status`)).status).toBe(200);
      };
      await objects(aStatus).write(thing as ObjectThing, changed as Json);
      // The API server's own controller may write its status in between, too.
      expect(turns).toBeGreaterThanOrEqual(3);
      expect(await things().read(thing)).toMatchObject({ spec: { failurePolicy: 'Ignore' } });

      const aLabel = () => merge({ metadata: { labels: { team: 'theirs' } } });
      await expect(objects(aLabel).write(thing as ObjectThing, after)).rejects.toThrow('the object has been modified');
      expect(await things().read(thing)).toMatchObject({
        metadata: { labels: { team: 'theirs' } },
        spec: { failurePolicy: 'Ignore' },
      });
      await things().write(thing, null);
    });

    it('mints a token of the service account', async () => {
      expect(await mintedToken(connectionTo(target(), administrator))).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    });
  });
}

function conditionOfTurn(turn: number) {
  const lastTransitionTime = new Date(Date.UTC(2026, 0, turn)).toISOString().replace('.000', '');
  return { type: 'Checked', status: 'True', reason: 'Seen', message: `look ${turn}`, lastTransitionTime };
}
