const transition = ['Next', 'End'];
const data = ['Output', 'Assign'];
const handling = ['Retry', 'Catch'];
/**
 * What each type of state may have besides what every state may.
 * https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html and the pages of the state types
 */
export const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  Pass: [...transition, ...data],
  Task: [...transition, ...data, ...handling, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Choice: [...data, 'Choices', 'Default'],
  Wait: [...transition, ...data, 'Seconds', 'Timestamp'],
  Succeed: ['Output'],
  Fail: ['Error', 'Cause'],
  Parallel: [...transition, ...data, ...handling, 'Arguments', 'Branches'],
  Map: [
    ...transition,
    ...data,
    ...handling,
    'Items',
    'ItemSelector',
    'ItemProcessor',
    'Iterator',
    'MaxConcurrency',
    'ToleratedFailureCount',
    'ToleratedFailurePercentage',
    'Label',
  ],
};

/** What every state may have. */
export const everyState = ['Type', 'Comment', 'QueryLanguage'];

/** Fields that only JSONata has. https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
export const jsonataOnly = new Set(['Output', 'Arguments', 'Items', 'Condition']);

/** Fields that only JSONPath has. https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
export const jsonPathOnly = new Set([
  'InputPath',
  'OutputPath',
  'ResultPath',
  'Parameters',
  'Result',
  'ResultSelector',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'ErrorPath',
  'CausePath',
  'MaxConcurrencyPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'Variable',
]);

/** What AWS has and the local cloud has not, in either language. */
export const notSupportedHere = new Set(['ItemReader', 'ItemBatcher', 'ResultWriter', 'Credentials']);
