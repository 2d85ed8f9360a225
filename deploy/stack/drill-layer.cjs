// The layers of the function that restores snapshots, from the stage's parameter; nothing when none is given: then drills say what is missing.
// JavaScript because serverless.yml can neither split a text nor leave a list out.
module.exports.layers = async ({ resolveVariable }) => {
  const arns = String((await resolveVariable('param:drillLayerArns')) ?? '')
    .split(',')
    .map((arn) => arn.trim())
    .filter(Boolean);
  return arns.length > 0 ? arns : null;
};
