import { describe, expect, it } from 'vitest';
import { SettingMissing } from '../../../src/runtime/errors.ts';
import { setting, stateMachineArns } from '../../../src/runtime/settings.ts';

describe('settings of a function', () => {
  it('that are missing or empty are told by name', () => {
    expect(() => setting({}, 'STATE_BUCKET')).toThrow(SettingMissing);
    expect(() => setting({ STATE_BUCKET: '' }, 'STATE_BUCKET')).toThrow('STATE_BUCKET is not set');
    expect(setting({ STATE_BUCKET: 'b' }, 'STATE_BUCKET')).toBe('b');
  });

  it('name the state machines that it may start by workflow', () => {
    const environment = { STATE_MACHINE_NODE_BOOTSTRAP_ARN: 'arn:1', STATE_BUCKET: 'b', STATE_MACHINE_SWEEP_ARN: '' };
    expect(stateMachineArns(environment)).toEqual({ 'node-bootstrap': 'arn:1' });
  });
});
