import { MalformedSignal } from './errors.ts';
import { type Fields, instanceIdForm, isFields, object, optionalText, text } from './fields.ts';
import type { Reading } from './signal.ts';

/**
 * Reads CloudWatch's event of an alarm that changed. One that is raised over a metric of an instance asks for a health pass at once, which knows whether a rule
 * is about it; nothing is done for the alarm alone.
 * Shape: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 * @throws MalformedSignal
 */
export function readAlarmStateChange(event: Fields): Reading {
  const detail = object(event, 'detail');
  const state = text(object(detail, 'state'), 'value');
  if (state !== 'ALARM') return { drop: `an alarm that is ${state} asks for nothing` };
  const ids = instanceIdsIn(detail);
  if (ids.length === 0) return { drop: `alarm ${text(detail, 'alarmName')} is about no instance` };
  const [reference, account, region] = [
    text(event, 'id'),
    optionalText(event, 'account'),
    optionalText(event, 'region'),
  ];
  return { signals: ids.map((instanceId) => ({ kind: 'instance-alarm', instanceId, reference, account, region })) };
}

/** A composite alarm has no metrics. */
function instanceIdsIn(detail: Fields): readonly string[] {
  const { configuration } = detail;
  const metrics = isFields(configuration) ? (configuration.metrics ?? []) : [];
  if (!Array.isArray(metrics)) throw new MalformedSignal('configuration.metrics is not a list');
  const ids = metrics.flatMap((one: unknown) => {
    const metric = isFields(one) && isFields(one.metricStat) ? one.metricStat.metric : undefined;
    const dimensions = isFields(metric) ? metric.dimensions : undefined;
    const id = isFields(dimensions) ? dimensions.InstanceId : undefined;
    return typeof id === 'string' && instanceIdForm.test(id) ? [id] : [];
  });
  return [...new Set(ids)];
}
