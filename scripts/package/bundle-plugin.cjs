// Makes `npx serverless package` and `deploy` bundle the functions themselves, so that they work as the first command and never ship
// bundles of yesterday. CommonJS because serverless loads its plugins so; npx runs it on the Node of node_modules, which reads TypeScript.
const { join } = require('node:path');

module.exports = class BundleFunctions {
  constructor(serverless) {
    const bundle = async () => {
      const { bundleFunctions } = await import('../build/bundle-functions.ts');
      await bundleFunctions(serverless.serviceDir, join(serverless.serviceDir, '.build'));
    };
    this.hooks = {
      'before:package:createDeploymentArtifacts': bundle,
      'before:deploy:function:packageFunction': bundle,
    };
  }
};
