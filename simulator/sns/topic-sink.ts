import type { ServiceSender } from '../sqs/queue-policy.ts';

/** A notification to publish. */
export interface NewNotification {
  readonly message: string;
  readonly subject?: string | undefined;
}

/** What EventBridge and Auto Scaling need of SNS. */
export interface TopicSink {
  /** Publishes on behalf of a service. @throws AwsError `NotFound`, `AuthorizationError` when the topic's policy does not let it. */
  publishAsService(topicArn: string, notification: NewNotification, sender: ServiceSender): void;
  /** Publishes without asking the policy: for callers whose role was checked already. @throws AwsError `NotFound`. */
  publishAsRole(topicArn: string, notification: NewNotification): void;
}
