import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Pager } from '../health/ports.ts';
import type { PersonPage } from '../schema/person-page.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall } from './errors.ts';
import { type PageText, pageText } from './page-text.ts';

/**
 * Tells people through a topic of SNS, with attributes that subscribers may filter by. `docsUrl` is what runbooks are below.
 * @param linksOf lines with links that a page gets; default: none
 */
export function snsPager(
  aws: AwsAccess,
  topicArn: string,
  docsUrl: string,
  linksOf: (page: PersonPage) => Promise<readonly string[]> = async () => [],
): Pager {
  return { page: async (page) => publishPage(aws, topicArn, pageText(page, docsUrl, await linksOf(page))) };
}

/** Sends what was written. */
export async function publishPage(
  aws: AwsAccess,
  topicArn: string,
  { subject, message, attributes }: PageText,
): Promise<void> {
  const typed = Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]);
  const publish = new PublishCommand({
    TopicArn: topicArn,
    Subject: subject,
    Message: message,
    MessageAttributes: Object.fromEntries(typed),
  });
  await awsCall(aws.client(SNSClient).send(publish));
}
