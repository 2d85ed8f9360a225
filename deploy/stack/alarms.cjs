// What people are woken for, besides what Tender writes itself: one alarm each, to the alarm topic, whose description says what to do (docs/alarms.md).
// JavaScript because most of it is the same for each state machine and function.
const { MACHINES, SITUATIONS } = require('./alarm-texts.cjs');

const logical = (name) => name.replace(/(^|-)(\w)/g, (_, __, letter) => letter.toUpperCase());

/** When an alarm rings: so many of so many periods in which the threshold was reached. */
const within = (Period, EvaluationPeriods, DatapointsToAlarm = 1, Threshold = 1) => ({
  Period,
  EvaluationPeriods,
  DatapointsToAlarm,
  Threshold,
});
const AT_ONCE = within(300, 1);
const MINUTE = 60;
const QUARTER = 900;
const HOUR = 3600;
/** A machine that runs again by itself: one failure is none of a person's business, as long as it does not stay so. */
const RINGS = {
  once: AT_ONCE,
  often: within(QUARTER, 4, 3),
  hourly: within(HOUR, 6, 3),
};

module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable('sls:stage');
  const service = await resolveVariable('self:service');
  const docs = String((await resolveVariable('param:docsUrl')) ?? '');
  const deployment = `${service}-${stage}`;

  const describe = ({ what, todo, command, page }) => {
    const text = `${what} What to do: ${todo} Command: ${command} Runbook: ${docs}${page}`;
    // CloudWatch's own limit.
    if (text.length > 1024) throw new Error(`an alarm's description is longer than 1024 characters: ${what}`);
    return text;
  };
  const alarm = (name, situation, more) => ({
    [`${logical(name)}Alarm`]: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: `${deployment}-${name}`,
        AlarmDescription: describe(situation),
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: [{ Ref: 'AlarmTopic' }],
        ...more,
      },
    },
  });
  const onMetric = (name, Namespace, MetricName, dimensions, when, Statistic = 'Sum') =>
    alarm(name, SITUATIONS[name], {
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic,
      ...when,
    });
  // CloudWatch has no metric where nothing happened, and no sum of one that is there and one that is not.
  const onSum = (name, situation, Namespace, metrics, { Period, ...when }) => {
    const queries = metrics.map(({ MetricName, dimension }, index) => ({
      Id: `m${index + 1}`,
      ReturnData: false,
      MetricStat: { Metric: { Namespace, MetricName, Dimensions: [dimension] }, Period, Stat: 'Sum' },
    }));
    const Expression = queries.map(({ Id }) => `FILL(${Id}, 0)`).join(' + ');
    return alarm(name, situation, {
      Metrics: [...queries, { Id: 'all', Expression, Label: name, ReturnData: true }],
      ...when,
    });
  };
  const ofQueue = (name, queue) =>
    onMetric(
      name,
      'AWS/SQS',
      'ApproximateNumberOfMessagesVisible',
      { QueueName: { 'Fn::GetAtt': [queue, 'QueueName'] } },
      AT_ONCE,
      'Maximum',
    );
  const ofFunction = (name, fn, when) => {
    const dimension = { Name: 'FunctionName', Value: `${deployment}-${fn}` };
    const metrics = ['Errors', 'Throttles'].map((MetricName) => ({ MetricName, dimension }));
    return onSum(name, SITUATIONS[name], 'AWS/Lambda', metrics, when);
  };
  const ofTender = (name, metric, when) => onMetric(name, 'Tender', metric, { deployment }, when, 'Maximum');
  const ofMachines = ([name, { machines, rings = 'once', aborted = [], ...situation }]) => {
    const metrics = machines.flatMap((machine) => {
      const dimension = { Name: 'StateMachineArn', Value: { Ref: `${logical(machine)}Machine` } };
      const names = [
        'ExecutionsFailed',
        'ExecutionsTimedOut',
        ...(aborted.includes(machine) ? ['ExecutionsAborted'] : []),
      ];
      return names.map((MetricName) => ({ MetricName, dimension }));
    });
    return onSum(name, situation, 'AWS/States', metrics, RINGS[rings]);
  };

  return {
    Resources: Object.assign(
      {},
      ofQueue('signals-failed', 'FailedSignals'),
      ofQueue('events-undelivered', 'UndeliveredEvents'),
      ofFunction('signals-not-routed', 'route-signal', within(300, 1, 1, 3)),
      ofFunction('health-passes-failed', 'check-health', within(300, 1, 1, 3)),
      onMetric(
        'ticks-missing',
        'Tender',
        'Ticks',
        { deployment },
        {
          ...within(MINUTE, 5, 5),
          ComparisonOperator: 'LessThanThreshold',
          TreatMissingData: 'breaching',
        },
      ),
      ofTender('clusters-misconfigured', 'ClustersMisconfigured', within(300, 1)),
      ofTender('hooks-unattended', 'HooksUnattended', within(MINUTE, 5, 5)),
      ofTender('breakers-open', 'BreakersOpen', AT_ONCE),
      ofTender('audit-records-lost', 'AuditRecordsLost', AT_ONCE),
      ofTender('andon-pulled', 'AndonPulled', AT_ONCE),
      // As long as it was seen to be so within six hours, and within a day: between two looks it stays so.
      ofTender('snapshot-overdue', 'SnapshotOverdue', within(300, 72)),
      ofTender('proof-overdue', 'ProofOverdue', within(HOUR, 24)),
      ...Object.entries(MACHINES).map(ofMachines),
    ),
  };
};
