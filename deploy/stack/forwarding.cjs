// The bus policy that lets other accounts forward events about their instances to this deployment; nothing when the stage names none.
// JavaScript because the list is a stage parameter and the resource is left out when it is empty.
const listOf = require('./list-of.cjs');

module.exports = async ({ resolveVariable }) => {
  const accounts = listOf(await resolveVariable('param:forwardingAccounts'));
  const wrong = accounts.filter((id) => !/^\d{12}$/.test(id));
  if (wrong.length > 0)
    throw new Error(`param forwardingAccounts: ${wrong.join(', ')} is not an account id of twelve digits`);
  const policies = accounts.map((account) => [
    `ForwardingFrom${account}`,
    {
      Type: 'AWS::Events::EventBusPolicy',
      Properties: {
        StatementId: `tender-forwarding-${account}`,
        Statement: {
          Effect: 'Allow',
          Principal: { AWS: { 'Fn::Sub': `arn:\${AWS::Partition}:iam::${account}:root` } },
          Action: 'events:PutEvents',
          Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default' },
          // A forwarding account may send what AWS itself says about instances, and that a node of its clusters has a problem; nothing in another's name.
          Condition: {
            StringEquals: {
              'events:source': ['aws.autoscaling', 'aws.cloudwatch', 'aws.ec2', 'aws.health', 'tender.health'],
            },
          },
        },
      },
    },
  ]);
  return { Resources: Object.fromEntries(policies) };
};
