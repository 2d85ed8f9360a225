// Our SSM documents, each from its own file in deploy/ssm-documents/, so that the shell in them is linted and tested as a file.
// JavaScript because CloudFormation wants the content as an object, and the name is the stage's.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const yaml = require('js-yaml');

const folder = join(__dirname, '..', 'ssm-documents');

module.exports = () => ({
  Resources: {
    CollectNodeDiagnosisDocument: {
      Type: 'AWS::SSM::Document',
      Properties: {
        DocumentType: 'Command',
        DocumentFormat: 'JSON',
        UpdateMethod: 'NewVersion',
        Content: yaml.load(readFileSync(join(folder, 'collect-node-diagnosis.yaml'), 'utf8')),
      },
    },
  },
});
