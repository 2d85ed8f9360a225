// The layers of the function that restores snapshots, from the stage's parameter; nothing when none is given: then drills say what is missing.
// JavaScript because serverless.yml can neither split a text nor leave a list out.
const listOf = require('./list-of.cjs');

module.exports.layers = async ({ resolveVariable }) => {
  const arns = listOf(await resolveVariable('param:drillLayerArns'));
  return arns.length > 0 ? arns : null;
};
