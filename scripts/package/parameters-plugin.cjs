// Gives every role its boundary and every log group its key, where the stage has one.
// A plugin because serverless.yml cannot add a property to all resources of a type.
module.exports = class StageParameters {
  constructor(serverless) {
    const { service } = serverless;
    const apply = () => {
      const { permissionsBoundaryArn, logKmsKeyArn } = service.custom.parameters;
      const { Resources } = service.provider.compiledCloudFormationTemplate;
      for (const { Type, Properties } of Object.values(Resources)) {
        if (permissionsBoundaryArn && Type === 'AWS::IAM::Role')
          Properties.PermissionsBoundary = permissionsBoundaryArn;
        if (logKmsKeyArn && Type === 'AWS::Logs::LogGroup') Properties.KmsKeyId = logKmsKeyArn;
      }
    };
    this.hooks = { 'after:aws:package:finalize:mergeCustomProviderResources': apply };
  }
};
