// Links that answer pages: their address, the key that they are signed with, and who may use it (docs/security.md); nothing where the stage does not want them.
// JavaScript because the resources are left out then, and with them what refers to them.
const FUNCTION = 'AnswerDashlinkLambdaFunction';
/** Whose pages carry links, by role. The function that answers makes one, too: to release what was pulled. */
const SIGN = ['CheckHealthRole', 'WatchUpdatesRole', 'AskForApprovalRole', 'AnswerLinkRole'];
const KEY = { 'Fn::GetAtt': ['LinkKey', 'Arn'] };

const isOn = async ({ resolveVariable }) => (await resolveVariable('param:answerLinks')) === 'on';
const where = (value) => async (context) => ((await isOn(context)) ? value : '');

const may = (roles, action) => ({
  Type: 'AWS::IAM::Policy',
  Properties: {
    PolicyName: action.replace(':', '-'),
    Roles: roles.map((Ref) => ({ Ref })),
    PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: KEY }] },
  },
});

// Since October 2025 both are needed: docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
const permission = (properties) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { FunctionName: { Ref: FUNCTION }, Principal: '*', ...properties },
});

module.exports.url = where({ 'Fn::GetAtt': ['AnswerLinkUrl', 'FunctionUrl'] });
module.exports.keyArn = where(KEY);
module.exports.concurrency = async (context) => ((await isOn(context)) ? 5 : null);
module.exports.resources = async (context) => {
  if (!(await isOn(context))) return { Resources: {} };
  const stage = await context.resolveVariable('sls:stage');
  return {
    Resources: {
      LinkKey: {
        Type: 'AWS::KMS::Key',
        Properties: {
          Description: 'Tender links that answer pages',
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
      },
      LinkKeyAlias: {
        Type: 'AWS::KMS::Alias',
        Properties: { AliasName: `alias/tender-${stage}-links`, TargetKeyId: { Ref: 'LinkKey' } },
      },
      SignLinks: may(SIGN, 'kms:GenerateMac'),
      CheckLinks: may(['AnswerLinkRole'], 'kms:VerifyMac'),
      AnswerLinkUrl: {
        Type: 'AWS::Lambda::Url',
        // A link is opened by a person with a browser: the signature in it is what lets them in.
        Properties: { TargetFunctionArn: { 'Fn::GetAtt': [FUNCTION, 'Arn'] }, AuthType: 'NONE' },
      },
      AnswerLinkPermission: permission({ Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' }),
      AnswerLinkInvokePermission: permission({ Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true }),
    },
    Outputs: { AnswerLinkUrl: { Value: { 'Fn::GetAtt': ['AnswerLinkUrl', 'FunctionUrl'] } } },
  };
};
