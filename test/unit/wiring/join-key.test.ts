import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../src/clusters/cluster.ts';
import { joinKeyOf } from '../../../src/wiring/join-key.ts';
import { homeAws, inItsAccount } from '../../../src/wiring/registered-cluster.ts';

const environment = { AWS_REGION: 'eu-central-1', JOIN_KEY_ARN: 'arn:aws:kms:eu-central-1:111111111111:key/1' };
const home = homeAws(environment);
const cluster = (aws: Cluster['aws']) => ({ name: 'demo', aws }) as Cluster;
const registered = (elsewhere: boolean) => ({ cluster: cluster({}), aws: home, home, elsewhere });

describe('the key of join parameters', () => {
  it('is the deployment’s own where the deployment is', () => {
    expect(joinKeyOf(registered(false), environment)).toBe(environment.JOIN_KEY_ARN);
    expect(() => joinKeyOf(registered(false), {})).toThrow(/JOIN_KEY_ARN/);
  });

  it('is the one that deploy/other-account makes, elsewhere: a key of here encrypts nothing there', () => {
    expect(joinKeyOf(registered(true), {})).toBe('alias/tender-join');
  });
});

describe('AWS on behalf of a cluster', () => {
  it('is the deployment’s own where the entry says nothing', () => {
    expect(inItsAccount(cluster({}), home, environment)).toBe(home);
  });

  it('is in the cluster’s region, and with a role alone in the deployment’s', () => {
    const roleArn = 'arn:aws:iam::222222222222:role/tender-access-demo';
    expect(inItsAccount(cluster({ region: 'us-west-2' }), home, environment).region).toBe('us-west-2');
    const asRole = inItsAccount(cluster({ roleArn }), home, environment);
    expect([asRole.region, asRole === home]).toEqual(['eu-central-1', false]);
  });
});
