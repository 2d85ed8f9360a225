/** What a Task's Resource names. */
export type TaskResource =
  | { readonly kind: 'function'; readonly arn: string }
  | {
      readonly kind: 'service';
      readonly arn: string;
      /** `lambda`, `states`, or `aws-sdk:autoscaling`. */
      readonly resourceType: string;
      /** With its pattern: `invoke`, `startExecution.sync:2`. */
      readonly resource: string;
      /** Without its pattern. */
      readonly action: string;
      readonly pattern: 'response' | 'sync' | 'sync:2' | 'waitForTaskToken';
    };

const functionArn = /^arn:aws[\w-]*:lambda:[^:]+:\d*:function:[^:]+(:[^:]+)?$/;
const serviceArn =
  /^arn:aws[\w-]*:states:[^:]*:[^:]*:((?:aws-sdk:)?[\w-]+):(\w+)(?:\.(sync:2|sync|waitForTaskToken))?$/;

/**
 * Reads a Resource; undefined when it is neither a function nor a service integration (activities, HTTP endpoints).
 * https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
 */
export function parseTaskResource(arn: string): TaskResource | undefined {
  if (functionArn.test(arn)) return { kind: 'function', arn };
  const match = serviceArn.exec(arn);
  const [, resourceType, action, pattern] = match ?? [];
  if (resourceType === undefined || action === undefined || resourceType === 'activity') return undefined;
  return {
    kind: 'service',
    arn,
    resourceType,
    resource: pattern === undefined ? action : `${action}.${pattern}`,
    action,
    pattern: (pattern ?? 'response') as 'response' | 'sync' | 'sync:2' | 'waitForTaskToken',
  };
}
