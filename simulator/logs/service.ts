import * as logs from '@aws-sdk/client-cloudwatch-logs';
import { pageOf } from '../cloud/pages.ts';
import { type Access, AwsError, type CallContext, defineService, type Service } from '../cloud/service.ts';
import { filterPattern } from './filter-pattern.ts';
import type { LogEvent, LogStore, StoredGroup, StoredStream } from './log-store.ts';

/** Source: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

type Named = { readonly logGroupName?: string | undefined; readonly logGroupIdentifier?: string | undefined };

/** CloudWatch Logs. Queries (Logs Insights), metric filters and subscriptions are refused. */
export function logsService(store: LogStore): Service {
  const groupOf = (input: Named): StoredGroup => store.group(input.logGroupIdentifier ?? input.logGroupName);
  return defineService('logs', logs, {
    CreateLogGroup: {
      access: onGroup('CreateLogGroup'),
      run: ({ logGroupName = '', kmsKeyId, tags }) => {
        store.createGroup(logGroupName, { kmsKeyId, tags });
        return {};
      },
    },
    DeleteLogGroup: {
      access: onGroup('DeleteLogGroup'),
      run: ({ logGroupName = '' }) => {
        store.deleteGroup(logGroupName);
        return {};
      },
    },
    DescribeLogGroups: {
      run: ({ logGroupNamePrefix = '', logGroupNamePattern = '', limit, nextToken }, call) => {
        const fitting = store
          .groups()
          .filter(({ name }) => name.startsWith(logGroupNamePrefix) && name.includes(logGroupNamePattern));
        const { items, next } = pageOf(fitting, limit ?? 50, nextToken, 'InvalidParameterException');
        return { logGroups: items.map((group) => shownGroup(group, call)), ...(next ? { nextToken: next } : {}) };
      },
    },
    PutRetentionPolicy: {
      access: onGroup('PutRetentionPolicy'),
      run: ({ logGroupName, retentionInDays }) => {
        if (!RETENTION_DAYS.includes(retentionInDays ?? 0)) {
          const message = `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`;
          throw new AwsError('InvalidParameterException', message);
        }
        store.group(logGroupName).retentionInDays = retentionInDays;
        return {};
      },
    },
    DeleteRetentionPolicy: {
      access: onGroup('DeleteRetentionPolicy'),
      run: ({ logGroupName }) => {
        store.group(logGroupName).retentionInDays = undefined;
        return {};
      },
    },
    CreateLogStream: {
      access: onGroup('CreateLogStream'),
      run: ({ logGroupName = '', logStreamName = '' }) => {
        store.createStream(store.group(logGroupName).name, logStreamName);
        return {};
      },
    },
    DescribeLogStreams: {
      access: onGroup('DescribeLogStreams'),
      run: (input, call) => {
        const group = groupOf(input);
        const fitting = [...group.streams.values()]
          .filter(({ name }) => name.startsWith(input.logStreamNamePrefix ?? ''))
          .sort(input.orderBy === 'LastEventTime' ? byLastEvent : byName);
        if (input.descending) fitting.reverse();
        const { items, next } = pageOf(fitting, input.limit ?? 50, input.nextToken, 'InvalidParameterException');
        return {
          logStreams: items.map((stream) => shownStream(group, stream, call)),
          ...(next ? { nextToken: next } : {}),
        };
      },
    },
    PutLogEvents: {
      access: onGroup('PutLogEvents'),
      run: ({ logGroupName, logStreamName, logEvents = [] }) => {
        const group = store.group(logGroupName);
        const stream = store.stream(group, logStreamName);
        for (const { message = '', timestamp = 0 } of logEvents) store.append(group, stream, message, timestamp);
        return { nextSequenceToken: String(stream.events.length) };
      },
    },
    GetLogEvents: {
      access: onGroup('GetLogEvents'),
      run: (input) => {
        const group = groupOf(input);
        const stream = store.stream(group, input.logStreamName);
        const fitting = store.kept(group, stream).filter((event) => isBetween(event, input.startTime, input.endTime));
        return eventPage(fitting, input.limit ?? 10_000, input.startFromHead ?? false, input.nextToken);
      },
    },
    FilterLogEvents: {
      access: onGroup('FilterLogEvents'),
      run: (input) => {
        const group = groupOf(input);
        const matches = filterPattern(input.filterPattern);
        const streams = [...group.streams.values()].filter(
          ({ name }) =>
            (!input.logStreamNames || input.logStreamNames.includes(name)) &&
            name.startsWith(input.logStreamNamePrefix ?? ''),
        );
        const fitting = streams
          .flatMap((stream) => store.kept(group, stream).map((event) => ({ event, stream: stream.name })))
          .filter(({ event }) => isBetween(event, input.startTime, input.endTime) && matches(event.message))
          .sort((a, b) => a.event.timestamp - b.event.timestamp || a.event.id - b.event.id);
        const { items, next } = pageOf(fitting, input.limit ?? 10_000, input.nextToken, 'InvalidParameterException');
        const events = items.map(({ event, stream }) => ({
          ...shownEvent(event),
          logStreamName: stream,
          eventId: eventId(event),
        }));
        return { events, searchedLogStreams: [], ...(next ? { nextToken: next } : {}) };
      },
    },
    ListTagsForResource: {
      access: onTagged('ListTagsForResource'),
      run: ({ resourceArn }) => ({ tags: Object.fromEntries(store.group(resourceArn).tags) }),
    },
    TagResource: {
      access: onTagged('TagResource'),
      run: ({ resourceArn, tags = {} }) => {
        const group = store.group(resourceArn);
        for (const [key, value] of Object.entries(tags)) group.tags.set(key, value);
        return {};
      },
    },
    UntagResource: {
      access: onTagged('UntagResource'),
      run: ({ resourceArn, tagKeys = [] }) => {
        const group = store.group(resourceArn);
        for (const key of tagKeys) group.tags.delete(key);
        return {};
      },
    },
  });
}

function onGroup(operation: string): (input: Named, call: CallContext) => Access[] {
  return ({ logGroupIdentifier, logGroupName = logGroupIdentifier ?? '' }, { region, account }) => {
    const arn = logGroupName.startsWith('arn:')
      ? logGroupName
      : `arn:aws:logs:${region}:${account}:log-group:${logGroupName}:*`;
    return [{ action: `logs:${operation}`, resource: arn }];
  };
}

/** By the group's ARN as it is given, without the `:*` that other operations have. */
function onTagged(operation: string): (input: { readonly resourceArn: string | undefined }) => Access[] {
  return ({ resourceArn = '' }) => [{ action: `logs:${operation}`, resource: resourceArn }];
}

function shownGroup(group: StoredGroup, { region, account }: CallContext): logs.LogGroup {
  const logGroupArn = `arn:aws:logs:${region}:${account}:log-group:${group.name}`;
  const { retentionInDays, kmsKeyId } = group;
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    metricFilterCount: 0,
    arn: `${logGroupArn}:*`,
    logGroupArn,
    storedBytes: 0,
    logGroupClass: 'STANDARD',
    ...(retentionInDays === undefined ? {} : { retentionInDays }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  };
}

function shownStream(group: StoredGroup, stream: StoredStream, { region, account }: CallContext): logs.LogStream {
  const [first] = stream.events;
  const last = stream.events.at(-1);
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    arn: `arn:aws:logs:${region}:${account}:log-group:${group.name}:log-stream:${stream.name}`,
    storedBytes: 0,
    ...(first ? { firstEventTimestamp: first.timestamp } : {}),
    ...(last ? { lastEventTimestamp: last.timestamp, lastIngestionTime: last.ingestedAt } : {}),
  };
}

function shownEvent({ timestamp, message, ingestedAt }: LogEvent): logs.OutputLogEvent {
  return { timestamp, message, ingestionTime: ingestedAt };
}

function eventId({ id, timestamp }: LogEvent): string {
  return `${timestamp}${String(id).padStart(12, '0')}`;
}

// Tokens run in both directions: `f/<index>` begins there, `b/<index>` ends there; at either end one gets the same again.
function eventPage(
  events: readonly LogEvent[],
  limit: number,
  fromHead: boolean,
  token: string | undefined,
): logs.GetLogEventsResponse {
  const [, direction, at] = /^([fb])\/(\d+)$/.exec(token ?? '') ?? [];
  const index = Number(at);
  const start =
    direction === 'f'
      ? index
      : direction === 'b'
        ? Math.max(0, index - limit)
        : fromHead
          ? 0
          : Math.max(0, events.length - limit);
  const end = direction === 'b' ? index : Math.min(events.length, start + limit);
  return {
    events: events.slice(start, end).map(shownEvent),
    nextForwardToken: `f/${end}`,
    nextBackwardToken: `b/${start}`,
  };
}

function isBetween({ timestamp }: LogEvent, start: number | undefined, end: number | undefined): boolean {
  return timestamp >= (start ?? 0) && timestamp < (end ?? Number.POSITIVE_INFINITY);
}

function byName(a: StoredStream, b: StoredStream): number {
  return a.name < b.name ? -1 : 1;
}

function byLastEvent(a: StoredStream, b: StoredStream): number {
  return (a.events.at(-1)?.timestamp ?? 0) - (b.events.at(-1)?.timestamp ?? 0) || byName(a, b);
}
