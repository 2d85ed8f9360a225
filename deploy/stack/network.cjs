// The VpcConfig of the functions that talk to a cluster, from the stage's parameters; undefined when none is given.
// JavaScript because serverless.yml can neither split a text nor leave a block out.
const listOf = require('./list-of.cjs');

module.exports.vpc = async ({ resolveVariable }) => {
  const subnetIds = listOf(await resolveVariable('param:subnetIds'));
  const securityGroupIds = listOf(await resolveVariable('param:securityGroupIds'));
  if (subnetIds.length === 0 && securityGroupIds.length === 0) return null;
  if (subnetIds.length < 2 || securityGroupIds.length === 0) {
    throw new Error(
      'params subnetIds and securityGroupIds belong together: at least two subnets in two zones, and one security group that reaches 6443 and 2379',
    );
  }
  return { subnetIds, securityGroupIds };
};
