// Whether the one schedule runs, from the stage's parameter.
module.exports.state = async ({ resolveVariable }) =>
  String(await resolveVariable('param:schedules')) === 'off' ? 'DISABLED' : 'ENABLED';
