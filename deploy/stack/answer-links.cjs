// Links that answer pages: their address, the keys that they are signed with, and who may use which (docs/security.md); nothing where the stage does not want them.
// JavaScript because the resources are left out then, and with them what refers to them.
const FUNCTION = 'AnswerDashlinkLambdaFunction';
/** The key of each kind of link, and the roles whose pages carry such links. The function that answers makes one, too: to release what was pulled. */
const KINDS = {
  restore: { key: 'RestoreLinkKey', signers: ['AskForApprovalRole'], says: 'approve or refuse restores' },
  pull: { key: 'PullLinkKey', signers: ['CheckHealthRole', 'WatchUpdatesRole'], says: 'pull the andon' },
  release: { key: 'ReleaseLinkKey', signers: ['AnswerLinkRole'], says: 'release the andon' },
};
const arnOf = ({ key }) => ({ 'Fn::GetAtt': [key, 'Arn'] });

const isOn = async ({ resolveVariable }) => (await resolveVariable('param:answerLinks')) === 'on';
const where = (value) => async (context) => ((await isOn(context)) ? value : '');

const may = (roles, action, keys) => ({
  Type: 'AWS::IAM::Policy',
  Properties: {
    PolicyName: `${action.replace(':', '-')}-${keys.length === 1 ? keys[0].key : 'all'}`,
    Roles: roles.map((Ref) => ({ Ref })),
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: action, Resource: keys.map(arnOf) }],
    },
  },
});

const keyOf = ({ says }) => ({
  Type: 'AWS::KMS::Key',
  Properties: {
    Description: `Tender links that ${says}`,
    KeySpec: 'HMAC_256',
    KeyUsage: 'GENERATE_VERIFY_MAC',
    KeyPolicy: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'TheAccountDecides',
          Effect: 'Allow',
          Principal: { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    },
  },
});

// Since October 2025 both are needed: docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
const permission = (properties) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { FunctionName: { Ref: FUNCTION }, Principal: '*', ...properties },
});

module.exports.url = where({ 'Fn::GetAtt': ['AnswerLinkUrl', 'FunctionUrl'] });
module.exports.restoreKeyArn = where(arnOf(KINDS.restore));
module.exports.pullKeyArn = where(arnOf(KINDS.pull));
module.exports.releaseKeyArn = where(arnOf(KINDS.release));
module.exports.concurrency = async (context) => ((await isOn(context)) ? 5 : null);
module.exports.resources = async (context) => {
  if (!(await isOn(context))) return { Resources: {} };
  const kinds = Object.values(KINDS);
  return {
    Resources: {
      ...Object.fromEntries(kinds.map((kind) => [kind.key, keyOf(kind)])),
      ...Object.fromEntries(kinds.map((kind) => [`Sign${kind.key}`, may(kind.signers, 'kms:GenerateMac', [kind])])),
      CheckLinks: may(['AnswerLinkRole'], 'kms:VerifyMac', kinds),
      AnswerLinkUrl: {
        Type: 'AWS::Lambda::Url',
        // A link is opened by a person with a browser: the signature in it is what lets them in.
        Properties: { TargetFunctionArn: { 'Fn::GetAtt': [FUNCTION, 'Arn'] }, AuthType: 'NONE' },
      },
      AnswerLinkPermission: permission({ Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' }),
      AnswerLinkInvokePermission: permission({ Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true }),
    },
    Outputs: {
      AnswerLinkUrl: { Value: { 'Fn::GetAtt': ['AnswerLinkUrl', 'FunctionUrl'] } },
      // What makes all links of a kind worthless is `aws kms disable-key`, which takes no alias.
      ...Object.fromEntries(kinds.map(({ key }) => [`${key}Id`, { Value: { Ref: key } }])),
    },
  };
};
