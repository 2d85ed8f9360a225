type Fields = Readonly<Record<string, unknown>>;

/** The instance that the events of this file are about. */
export const instanceId = 'i-0123456789abcdef0';

/** An event of EC2 about our instance, with more in its detail. */
export function instanceEvent(detailType: string, detail: Fields = {}): Fields {
  return {
    version: '0',
    id: '12345678-1234-1234-1234-123456789012',
    'detail-type': detailType,
    source: 'aws.ec2',
    account: '123456789012',
    region: 'us-east-1',
    time: '2026-03-01T12:00:00Z',
    detail: { 'instance-id': instanceId, ...detail },
  };
}

/** AWS Health's event that our instance's host retires two weeks later, with changes of its detail. */
export function healthEvent(changes: Fields = {}): Fields {
  const type = 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED';
  return {
    ...instanceEvent('AWS Health Event'),
    source: 'aws.health',
    detail: {
      eventArn: `arn:aws:health:us-east-1::event/EC2/${type}/${type}_0a1b2c3d`,
      service: 'EC2',
      eventTypeCode: type,
      eventTypeCategory: 'scheduledChange',
      communicationId: 'x-1',
      startTime: 'Sun, 15 Mar 2026 15:10:09 GMT',
      statusCode: 'upcoming',
      eventRegion: 'us-east-1',
      affectedEntities: [{ entityValue: instanceId, status: 'PENDING' }],
      affectedAccount: '123456789012',
      page: '1',
      ...changes,
    },
  };
}
