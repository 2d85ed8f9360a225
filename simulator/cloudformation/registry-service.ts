import * as sdk from '@aws-sdk/client-ecr';
import { AwsError, defineService, type Service } from '../cloud/service.ts';

/** ECR without a repository: functions of the local cloud come as archives, but `serverless remove` asks whether there are images. */
export function registryService(): Service {
  return defineService('ecr', sdk, {
    DescribeRepositories: {
      run: ({ repositoryNames = [] }, { account }) => {
        const [name] = repositoryNames;
        if (name === undefined) return { repositories: [] };
        const message = `The repository with name '${name}' does not exist in the registry with id '${account}'`;
        throw new AwsError('RepositoryNotFoundException', message, { status: 400 });
      },
    },
  });
}
