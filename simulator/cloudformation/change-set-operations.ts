import type * as sdk from '@aws-sdk/client-cloudformation';
import { AwsError, type Operations } from '../cloud/service.ts';
import type { ChangeSetRecord, StackRecord } from './stack-record.ts';
import { onStack, readWish } from './stack-requests.ts';
import { shownChangeSet } from './stack-views.ts';
import type { Stacks } from './stacks.ts';
import { templateError } from './template-error.ts';

/** Change sets: what would happen, said before it does. They are made at once. */
export function changeSetOperations(stacks: Stacks): Operations<typeof sdk> {
  return {
    CreateChangeSet: {
      access: onStack('CreateChangeSet', stacks),
      run: async (input, { caller, region, account, world }) => {
        const kind = input.ChangeSetType === 'CREATE' ? 'CREATE' : 'UPDATE';
        const [name, stackName] = [input.ChangeSetName ?? '', input.StackName ?? ''];
        const there = fitting(stacks, kind, stackName, name);
        const wish = await readWish(stacks, there, input, caller);
        const record = there ?? stacks.add(stackName, wish);
        try {
          const set: ChangeSetRecord = {
            name,
            id: `arn:aws:cloudformation:${region}:${account}:changeSet/${name}/${stacks.newId()}`,
            createdAt: world.date(),
            kind,
            wish,
            ...(await stacks.compare(record, wish, caller)),
            change: await stacks.prepare(record, wish, caller),
            executed: false,
          };
          record.changeSets.set(name, set);
          if (!there) stacks.review(record);
          return { Id: set.id, StackId: record.id };
        } catch (error) {
          if (!there) stacks.forget(record);
          throw error;
        }
      },
    },
    DescribeChangeSet: {
      access: onStack('DescribeChangeSet', stacks),
      run: (input) => {
        const { record, set } = changeSet(stacks, input);
        return shownChangeSet(record, set);
      },
    },
    ListChangeSets: {
      access: onStack('ListChangeSets', stacks),
      run: (input) => {
        const record = stacks.get(input.StackName);
        return { Summaries: [...record.changeSets.values()].map((set) => shownChangeSet(record, set)) };
      },
    },
    ExecuteChangeSet: {
      access: onStack('ExecuteChangeSet', stacks),
      run: (input) => {
        const { record, set } = changeSet(stacks, input);
        if (set.isEmpty || set.executed) {
          const message = `ChangeSet [${set.id}] cannot be executed in its current status of [${set.isEmpty ? 'FAILED' : 'EXECUTE_COMPLETE'}]`;
          throw new AwsError('InvalidChangeSetStatus', message, { status: 400 });
        }
        if (set.kind === 'UPDATE') stacks.requireUpdatable(record);
        set.executed = true;
        for (const other of record.changeSets.values()) if (other !== set) record.changeSets.delete(other.name);
        if (set.kind === 'CREATE') stacks.create(record, set.change, input.DisableRollback);
        else stacks.update(record, set.change, set.wish);
        return {};
      },
    },
    // Deleting one that is not there succeeds.
    DeleteChangeSet: {
      access: onStack('DeleteChangeSet', stacks),
      run: (input) => {
        const record = stacks.get(input.StackName);
        record.changeSets.delete(input.ChangeSetName ?? '');
        return {};
      },
    },
  };
}

function fitting(stacks: Stacks, kind: 'CREATE' | 'UPDATE', stackName: string, name: string): StackRecord | undefined {
  const there = stacks.find(stackName);
  if (kind === 'CREATE' && there && there.status !== 'REVIEW_IN_PROGRESS') {
    throw templateError(
      `Stack [${stackName}] already exists and cannot be created again with the changeSet [${name}].`,
    );
  }
  if (kind === 'UPDATE' && !there) throw templateError(`Stack [${stackName}] does not exist`);
  if (kind === 'UPDATE' && there) stacks.requireUpdatable(there);
  if (there?.changeSets.get(name)?.executed === false) {
    const message = `ChangeSet ${name} cannot be created due to a mismatch with existing attribute Name: it already exists`;
    throw new AwsError('AlreadyExistsException', message, { status: 400 });
  }
  return there;
}

function changeSet(
  stacks: Stacks,
  input: { readonly StackName?: string | undefined; readonly ChangeSetName?: string | undefined },
): { readonly record: StackRecord; readonly set: ChangeSetRecord } {
  const name = input.ChangeSetName ?? '';
  const records = input.StackName ? [stacks.get(input.StackName)] : stacks.all;
  for (const record of records) {
    const set = [...record.changeSets.values()].find((one) => one.name === name || one.id === name);
    if (set) return { record, set };
  }
  throw new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, { status: 404 });
}
