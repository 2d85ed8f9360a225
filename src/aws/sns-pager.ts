import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Pager } from '../health/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';

/** Tells people through a topic of SNS. */
export function snsPager(aws: AwsAccess, topicArn: string): Pager {
  const client = aws.client(SNSClient);
  return {
    async page(subject, message) {
      await awsCall(client.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: message })));
    },
  };
}
