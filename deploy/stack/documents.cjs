// Our SSM documents, each from its own file in deploy/ssm-documents/, so that the shell in them is linted and tested as a file.
// JavaScript because CloudFormation wants the content as an object. The name is what people look for in Run Command's history; with the
// stage in it, stages share an account.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const yaml = require('js-yaml');

const folder = join(__dirname, '..', 'ssm-documents');

const document = (stage, name, file) => ({
  Type: 'AWS::SSM::Document',
  Properties: {
    Name: `Tender-${name}-${stage}`,
    DocumentType: 'Command',
    DocumentFormat: 'JSON',
    UpdateMethod: 'NewVersion',
    Content: yaml.load(readFileSync(join(folder, file), 'utf8')),
  },
});

module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable('sls:stage');
  return {
    Resources: {
      BackUpPkiDocument: document(stage, 'BackUpPki', 'back-up-pki.yaml'),
      CollectNodeDiagnosisDocument: document(stage, 'CollectNodeDiagnosis', 'collect-node-diagnosis.yaml'),
      InspectControlPlaneDocument: document(stage, 'InspectControlPlane', 'inspect-control-plane.yaml'),
      RestartKubeletDocument: document(stage, 'RestartKubelet', 'restart-kubelet.yaml'),
      UpdateAndRebootDocument: document(stage, 'UpdateAndReboot', 'update-and-reboot.yaml'),
      UploadCertificatesDocument: document(stage, 'UploadCertificates', 'upload-certificates.yaml'),
      RestoreControlPlaneDocument: document(stage, 'RestoreControlPlane', 'restore-control-plane.yaml'),
    },
  };
};
