import { describe, expect, it } from 'vitest';
import { SettingMissing } from '../../../src/runtime/errors.ts';
import { homeAws } from '../../../src/wiring/registered-cluster.ts';

describe('AWS as the deployment itself', () => {
  it('is in the region that the function runs in', () => {
    expect(homeAws({ AWS_REGION: 'eu-central-1' }).region).toBe('eu-central-1');
  });

  it('is not guessed: without a region nothing begins', () => {
    expect(() => homeAws({})).toThrow(SettingMissing);
    expect(() => homeAws({})).toThrow(/AWS_REGION/);
  });
});
