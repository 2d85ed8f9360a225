// Makes `npx serverless package` and `deploy` bundle and zip the functions themselves, so that they work as the first command and never ship
// bundles of yesterday. CommonJS because serverless loads its plugins so; npx runs it on the Node of node_modules, which reads TypeScript.
// TENDER_KEEP_BUNDLES=1 takes the bundles that are in .build, made elsewhere say.
const { join } = require('node:path');

module.exports = class BundleFunctions {
  constructor(serverless) {
    const { serviceDir } = serverless;
    const bundle = async () => {
      if (process.env.TENDER_KEEP_BUNDLES !== '1') {
        const { bundleFunctions } = await import('../build/bundle-functions.ts');
        await bundleFunctions(serviceDir, join(serviceDir, '.build'));
      }
      const { zipFunction } = await import('./zip-function.ts');
      for (const [name, { package: settings }] of Object.entries(serverless.service.functions)) {
        settings.artifact = zipFunction(serviceDir, name, settings.patterns);
      }
    };
    // Versions outlive an update, since executions go on with those they began with (S47), but not one that fails and is rolled back:
    // Lambda would not publish the same code again, and CloudFormation would fail with "A version for this Lambda function exists".
    const keepVersions = () => {
      const { Resources } = serverless.service.provider.compiledCloudFormationTemplate;
      for (const resource of Object.values(Resources)) {
        if (resource.Type === 'AWS::Lambda::Version') resource.DeletionPolicy = 'RetainExceptOnCreate';
      }
    };
    // Serverless says a second time that a function needs its role, and linters, moto's among them, take that for a mistake (W3005).
    const dependOnce = () => {
      const { Resources } = serverless.service.provider.compiledCloudFormationTemplate;
      for (const { Type, Properties, DependsOn } of Object.values(Resources)) {
        if (Type !== 'AWS::Lambda::Function') continue;
        const [role] = Properties.Role['Fn::GetAtt'];
        DependsOn.splice(0, DependsOn.length, ...DependsOn.filter((id) => id !== role));
      }
    };
    this.hooks = {
      'after:package:compileFunctions': () => {
        keepVersions();
        dependOnce();
      },
      'before:package:createDeploymentArtifacts': bundle,
      'before:deploy:function:packageFunction': bundle,
    };
  }
};
