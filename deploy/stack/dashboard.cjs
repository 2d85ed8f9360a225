// The deployment's dashboard in CloudWatch, made from the state machines, functions and alarms that there are (docs/alarms.md).
// JavaScript because its body is a text of JSON.
const { MACHINES, SITUATIONS } = require('./alarm-texts.cjs');

/** What health passes and workflows count, by cluster: [title, metrics, statistic]. */
const CLUSTERS = [
  ['Nodes', ['NodesReady', 'NodesNotReady'], 'Maximum'],
  ['Findings and breakers', ['HealthFindings', 'BreakersOpen'], 'Maximum'],
  ['API server', ['ApiServerReady'], 'Minimum'],
  ['Repairs', ['HealthWorkflowsStarted', 'KubeletRestarts', 'NodesRebooted', 'NodesMended'], 'Sum'],
  ['Pods evicted, targets deregistered', ['PodsEvicted', 'TargetsDeregistered'], 'Sum'],
  ['Certificates', ['CertificatesApproved', 'CertificatesRefused'], 'Sum'],
  [
    'Snapshots of etcd: seconds since the newest, since the newest proof',
    ['SnapshotAgeSeconds', 'ProofAgeSeconds'],
    'Maximum',
  ],
  ['Steps that failed', ['Failures'], 'Sum'],
];
/** What nobody but a schedule, a queue or a rule calls: an error of theirs is seen by no state machine. */
const ENTRANCES = ['route-signal', 'start-due-workflows', 'check-health', 'watch-updates'];
const QUEUES = ['failed-signals', 'undelivered-events', 'hook-notifications'];
const WIDTH = 24;

/** Puts widgets beside and below each other; each has its width and height. */
const laidOut = (widgets) => {
  let [x, y, tallest] = [0, 0, 0];
  return widgets.map(({ width, height, ...widget }) => {
    if (x + width > WIDTH) [x, y, tallest] = [0, y + tallest, 0];
    const placed = { x, y, width, height, ...widget };
    [x, tallest] = [x + width, Math.max(tallest, height)];
    return placed;
  });
};

const graph = (title, metrics, stat, more = {}) => ({
  type: 'metric',
  width: 8,
  height: 6,
  properties: { title, metrics, stat, period: 300, region: '${AWS::Region}', view: 'timeSeries', ...more },
});

module.exports = async ({ resolveVariable }) => {
  const deployment = `${await resolveVariable('self:service')}-${await resolveVariable('sls:stage')}`;
  const docs = String((await resolveVariable('param:docsUrl')) ?? '');
  const machines = Object.values(await resolveVariable('self:stepFunctions.stateMachines')).map(({ id }) =>
    id
      .replace(/Machine$/, '')
      .replace(/(?<!^)([A-Z])/g, '-$1')
      .toLowerCase(),
  );
  const functions = Object.keys(await resolveVariable('self:functions'));
  const unknown = ENTRANCES.filter((name) => !functions.includes(name));
  if (unknown.length > 0) throw new Error(`the dashboard shows functions that are not there: ${unknown.join(', ')}`);

  const arnOf = (service, resource) =>
    `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`;
  const ofMachines = (title, metric) =>
    graph(
      title,
      machines.map((name) => [
        'AWS/States',
        metric,
        'StateMachineArn',
        arnOf('states', `stateMachine:${deployment}-${name}`),
        { label: name },
      ]),
      'Sum',
    );
  const ofFunctions = (title, metric, stat) =>
    graph(
      title,
      ENTRANCES.map((name) => ['AWS/Lambda', metric, 'FunctionName', `${deployment}-${name}`, { label: name }]),
      stat,
    );
  // Clusters come and go at run time: what there is of them is searched for.
  const ofClusters = ([title, metrics, stat]) =>
    graph(
      title,
      metrics.map((name) => [
        { expression: `SEARCH('{Tender,cluster,workflow} MetricName="${name}"', '${stat}', 300)`, label: `${name} ` },
      ]),
      stat,
    );
  const queues = QUEUES.map((name) => [
    'AWS/SQS',
    'ApproximateNumberOfMessagesVisible',
    'QueueName',
    `${deployment}-${name}`,
    { label: name },
  ]);
  const text = `# ${deployment}\n${docs === '' ? 'docs/alarms.md' : `[What alarms mean](${docs}docs/alarms.md)`} · \`npx tender health\` · \`npx tender run ls --status failed\``;
  const alarms = Object.keys({ ...SITUATIONS, ...MACHINES }).map((name) =>
    arnOf('cloudwatch', `alarm:${deployment}-${name}`),
  );

  const widgets = laidOut([
    { type: 'text', width: WIDTH, height: 2, properties: { markdown: text } },
    { type: 'alarm', width: WIDTH, height: 4, properties: { title: 'Alarms', alarms } },
    ...CLUSTERS.map(ofClusters),
    ofMachines('Executions that succeeded', 'ExecutionsSucceeded'),
    ofMachines('Executions that failed', 'ExecutionsFailed'),
    ofMachines('Executions that ran out of time', 'ExecutionsTimedOut'),
    ofFunctions('Functions that failed', 'Errors', 'Sum'),
    ofFunctions('Functions that were throttled', 'Throttles', 'Sum'),
    ofFunctions('Duration of functions, 99th percentile', 'Duration', 'p99'),
    graph('Messages in queues', queues, 'Maximum'),
  ]);
  return {
    Resources: {
      Dashboard: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: { DashboardName: deployment, DashboardBody: { 'Fn::Sub': JSON.stringify({ widgets }) } },
      },
    },
  };
};
