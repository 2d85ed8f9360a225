// With the parameter alarmTopicArn, everything that would tell people through the stack's own topic does so through that one, and no topic is made.
// A plugin because the topic is referred to in roles, functions and state machines, and serverless.yml cannot leave a resource out.
const TOPIC = 'AlarmTopic';
const TOPIC_ARN = /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/;

/** The value with each reference to the stack's own topic replaced. */
const told = (value, arn) => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => told(one, arn));
  if (value.Ref === TOPIC) return arn;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, told(one, arn)]));
};

/** The template with another topic than its own. @throws Error when that is none. */
const withTopic = (template, arn) => {
  if (!TOPIC_ARN.test(arn)) throw new Error(`param alarmTopicArn: ${arn} is not the ARN of a topic of SNS`);
  const { [TOPIC]: own, ...Resources } = template.Resources;
  return { ...template, Resources: told(Resources, arn), Outputs: told(template.Outputs, arn) };
};

module.exports = class AlarmTopic {
  constructor(serverless) {
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const arn = serverless.service.custom.alarmTopicArn;
        const { provider } = serverless.service;
        if (arn) provider.compiledCloudFormationTemplate = withTopic(provider.compiledCloudFormationTemplate, arn);
      },
    };
  }
};
module.exports.withTopic = withTopic;
