import type { StateMachineType } from '@aws-sdk/client-sfn';
import { AwsError } from '../cloud/service.ts';
import type { Machine } from './definition.ts';

/** A state machine as it stands at one moment; an update or a version makes a new one. */
export interface StateMachineRevision {
  readonly revisionId: string;
  readonly definition: string;
  readonly machine: Machine;
  readonly roleArn: string;
  readonly updatedAt: Date;
}

/** A state machine of the account. */
export interface StateMachineRecord {
  readonly arn: string;
  readonly name: string;
  readonly type: StateMachineType;
  readonly createdAt: Date;
  readonly tags: Map<string, string>;
  /** Published versions, from number 1 on; a deleted one is missing. */
  readonly versions: Map<number, StateMachineRevision>;
  current: StateMachineRevision;
}

/** The state machines of one account and region. */
export class StateMachines {
  readonly #byArn = new Map<string, StateMachineRecord>();

  add(record: StateMachineRecord): void {
    this.#byArn.set(record.arn, record);
  }

  delete(arn: string): void {
    this.#byArn.delete(arn);
  }

  list(): readonly StateMachineRecord[] {
    return [...this.#byArn.values()];
  }

  /** The machine of that ARN, if any; versions do not count. */
  peek(arn: string): StateMachineRecord | undefined {
    return this.#byArn.get(arn);
  }

  /** The machine and what to run of it; the ARN may name a version. @throws AwsError StateMachineDoesNotExist, InvalidArn */
  find(arn: string): {
    readonly record: StateMachineRecord;
    readonly revision: StateMachineRevision;
    readonly version?: string;
  } {
    const parts = arn.split(':');
    if (parts.length < 7 || parts[2] !== 'states' || parts[5] !== 'stateMachine') {
      throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
    }
    const record = this.#byArn.get(parts.slice(0, 7).join(':'));
    const version = parts[7];
    const revision = version === undefined ? record?.current : record?.versions.get(Number(version));
    if (record && revision) return version === undefined ? { record, revision } : { record, revision, version: arn };
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }
}

/**
 * The name, when it is one. 1 to 80 characters, no white space, brackets, wildcards or special characters.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html (name)
 * @throws AwsError InvalidName
 */
export function validName(name: string): string {
  const forbidden = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;
  if (name.length >= 1 && name.length <= 80 && !forbidden.test(name)) return name;
  throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}
