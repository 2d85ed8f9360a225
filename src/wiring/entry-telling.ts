import type { AwsAccess } from '../aws/aws-access.ts';
import { s3EntryMatters } from '../aws/s3-entry-matters.ts';
import { snsPager } from '../aws/sns-pager.ts';
import type { TellServices } from '../clusters/tell-misconfigured.ts';
import { type Environment, setting } from '../runtime/settings.ts';

/**
 * How people are told of registry entries. Does no I/O.
 * @throws SettingMissing
 */
export function entryTelling(home: AwsAccess, environment: Environment): TellServices {
  return {
    told: s3EntryMatters(home, setting(environment, 'STATE_BUCKET')),
    pager: snsPager(home, setting(environment, 'ALARM_TOPIC'), environment.DOCS_URL ?? ''),
  };
}
