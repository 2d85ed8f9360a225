import { readArguments } from './arguments.ts';
import { deployPolicy } from './package/deploy-policy.ts';

const HELP = `Prints the policy that whoever deploys Tender needs: what \`npx serverless deploy\` and \`remove\` do for one stage, and no more.

  npm run -s deploy-policy -- --stage demo > policy.json
  aws iam create-policy --policy-name tender-deploy-demo --policy-document file://policy.json

  --stage      the stage (default dev)
  --account    the account's id (default: any)
  --region     the region (default: any)
  --partition  aws, aws-cn or aws-us-gov (default aws)
  --help       this text
`;

const { values } = readArguments(
  {
    options: {
      stage: { type: 'string', default: 'dev' },
      account: { type: 'string', default: '*' },
      region: { type: 'string', default: '*' },
      partition: { type: 'string', default: 'aws' },
      help: { type: 'boolean', default: false },
    },
  },
  HELP,
);

const { help, ...target } = values;
process.stdout.write(help ? HELP : `${JSON.stringify(deployPolicy(target), undefined, 2)}\n`);
