import type * as ssm from '@aws-sdk/client-ssm';
import { pageOf } from '../cloud/pages.ts';
import { type Access, AwsError, type Operations } from '../cloud/service.ts';
import { type Command, type Commands, commandStatus, type Invocation } from './commands.ts';

/** The operations of Run Command. */
export function commandOperations(commands: Commands, place: { readonly region: string; readonly account: string }) {
  const instance = (instanceId: string): Access => {
    const tags = commands.machines().machine(instanceId)?.tags() ?? {};
    const context = Object.entries(tags).flatMap(([key, value]) => [
      [`ssm:resourceTag/${key}`, value],
      [`aws:ResourceTag/${key}`, value],
    ]);
    const resource = `arn:aws:ec2:${place.region}:${place.account}:instance/${instanceId}`;
    return { action: 'ssm:SendCommand', resource, context: Object.fromEntries(context) };
  };
  return {
    SendCommand: {
      access: (input) => {
        const name = input.DocumentName ?? '';
        const document = name.startsWith('arn:')
          ? name
          : `arn:aws:ssm:${place.region}:${place.account}:document/${name}`;
        return [{ action: 'ssm:SendCommand', resource: document }, ...commands.meant(input).map(instance)];
      },
      run: (input) => ({ Command: toWire(commands.send(input)) }),
    },
    GetCommandInvocation: {
      run: (input) => {
        const command = commands.list().find(({ id }) => id === input.CommandId);
        const invocation = command?.invocations.find(({ instanceId }) => instanceId === input.InstanceId);
        // The new command is not known everywhere at once.
        if (!command || !invocation || commands.now() < command.visibleAt)
          throw new AwsError('InvocationDoesNotExist', '');
        return invocationToWire(command, invocation);
      },
    },
    ListCommands: {
      run: (input) => {
        const fitting = commands
          .list()
          .filter(
            ({ id, invocations }) =>
              id === (input.CommandId ?? id) &&
              (input.InstanceId === undefined || invocations.some(({ instanceId }) => instanceId === input.InstanceId)),
          );
        const page = pageOf(fitting.map(toWire), input.MaxResults ?? 50, input.NextToken);
        return { Commands: page.items, NextToken: page.next };
      },
    },
    ListCommandInvocations: {
      run: (input) => {
        const all = commands
          .list()
          .flatMap((command) => command.invocations.map((invocation) => ({ command, invocation })));
        const fitting = all.filter(
          ({ command, invocation }) =>
            command.id === (input.CommandId ?? command.id) &&
            invocation.instanceId === (input.InstanceId ?? invocation.instanceId),
        );
        const page = pageOf(fitting, input.MaxResults ?? 50, input.NextToken);
        return {
          CommandInvocations: page.items.map(({ command, invocation }) => ({
            CommandId: command.id,
            InstanceId: invocation.instanceId,
            Comment: command.comment,
            DocumentName: command.documentName,
            DocumentVersion: command.documentVersion,
            RequestedDateTime: new Date(command.requestedAt),
            ...statusOf(invocation),
          })),
          NextToken: page.next,
        };
      },
    },
    CancelCommand: {
      run: (input) => {
        commands.cancel(commands.get(input.CommandId), input.InstanceIds ?? []);
        return {};
      },
    },
    DescribeInstanceInformation: {
      run: (input) => {
        const machines = commands.machines();
        const wanted = [...(input.Filters ?? []), ...(input.InstanceInformationFilterList ?? [])].flatMap((filter) => {
          const key = 'Key' in filter ? filter.Key : 'key' in filter ? filter.key : undefined;
          const values = 'Values' in filter ? filter.Values : 'valueSet' in filter ? filter.valueSet : undefined;
          if (key !== 'InstanceIds')
            throw new AwsError('InvalidInstanceInformationFilterValue', `Filter ${key} is not simulated.`);
          return values ?? [];
        });
        const ids = machines.instanceIds().filter((id) => wanted.length === 0 || wanted.includes(id));
        const page = pageOf(ids, input.MaxResults ?? 50, input.NextToken);
        const list = page.items.map((id) => ({
          InstanceId: id,
          PingStatus: machines.online(id) ? ('Online' as const) : ('ConnectionLost' as const),
          PlatformType: 'Linux' as const,
          ResourceType: 'EC2Instance' as const,
        }));
        return { InstanceInformationList: list, NextToken: page.next };
      },
    },
  } satisfies Operations<typeof ssm>;
}

function toWire(command: Command): ssm.Command {
  const done = command.invocations.filter(({ endedAt }) => endedAt !== undefined);
  const status = commandStatus(command);
  return {
    CommandId: command.id,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    Comment: command.comment,
    Parameters: { ...command.parameters },
    InstanceIds: command.targets.length > 0 ? [] : command.invocations.map(({ instanceId }) => instanceId),
    Targets: [...command.targets],
    RequestedDateTime: new Date(command.requestedAt),
    ExpiresAfter: new Date(command.requestedAt + command.timeoutSeconds * 1000),
    TimeoutSeconds: command.timeoutSeconds,
    Status: overall(status),
    StatusDetails: status,
    TargetCount: command.invocations.length,
    CompletedCount: done.length,
    ErrorCount: done.filter((invocation) => invocation.status !== 'Success').length,
  };
}

function invocationToWire(command: Command, invocation: Invocation) {
  const time = (at: number | undefined) => (at === undefined ? '' : new Date(at).toISOString());
  return {
    CommandId: command.id,
    InstanceId: invocation.instanceId,
    Comment: command.comment,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    PluginName: 'aws:runShellScript',
    ResponseCode: invocation.endedAt === undefined ? -1 : invocation.code,
    ExecutionStartDateTime: time(invocation.startedAt),
    ExecutionEndDateTime: time(invocation.endedAt),
    StandardOutputContent: invocation.endedAt === undefined ? '' : invocation.stdout,
    StandardErrorContent: invocation.endedAt === undefined ? '' : invocation.stderr,
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    ...statusOf(invocation),
  };
}

function statusOf({ status }: Invocation) {
  const coarse = status === 'DeliveryTimedOut' ? 'TimedOut' : status === 'Undeliverable' ? 'Failed' : status;
  return { Status: coarse, StatusDetails: status } as const;
}

function overall(status: Invocation['status']): ssm.CommandStatus {
  if (status === 'Undeliverable') return 'Failed';
  return status === 'DeliveryTimedOut' ? 'TimedOut' : status;
}
