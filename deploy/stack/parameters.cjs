// The parameters of the stage, checked before anything else is looked at: what is wrong with one is said with its name and the nearest right value.
const { complaintsAboutParameters, STAGE_PARAMETERS } = require('../../scripts/package/stage-parameters.ts');

module.exports.checked = async ({ options, resolveVariable, resolveConfigurationProperty }) => {
  const values = {};
  for (const { name } of STAGE_PARAMETERS) values[name] = await resolveVariable(`param:${name}`);
  const stage = await resolveVariable('sls:stage');
  const fromShell = [options.param ?? []].flat().map((one) => one.split('=')[0]);
  const ofStage = Object.keys((await resolveConfigurationProperty(['params']))[stage] ?? {});
  const given = Object.fromEntries([...fromShell, ...ofStage].map((name) => [name, values[name]]));
  const complaints = complaintsAboutParameters({ ...given, ...values });
  // Serverless shows the stack of an error, which says nothing to whoever mistyped a value.
  if (complaints.length > 0) throw Object.assign(new Error(), { stack: complaints.join('\n') });
  return values;
};
