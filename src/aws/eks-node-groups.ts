import { createHash } from 'node:crypto';
import {
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  EKSClient,
  type Nodegroup,
  type Update,
  UpdateNodegroupVersionCommand,
} from '@aws-sdk/client-eks';
import type { ManagedNodeGroups, NodeGroup, NodeGroupUpdate } from '../updates/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless, codeOf } from './errors.ts';

/** No answer to these becomes another by asking again. */
const REFUSALS = [
  'AccessDeniedException',
  'ClientException',
  'InvalidParameterException',
  'InvalidRequestException',
  'ResourceNotFoundException',
];

/** Managed node groups of EKS. docs.aws.amazon.com/eks/latest/APIReference/API_UpdateNodegroupVersion.html */
export function eksNodeGroups(aws: AwsAccess): ManagedNodeGroups {
  const client = aws.client(EKSClient);
  return {
    async describe({ clusterName, nodeGroup: nodegroupName }) {
      const command = new DescribeNodegroupCommand({ clusterName, nodegroupName });
      const answer = await awsCallUnless(['ResourceNotFoundException'], client.send(command));
      return answer?.nodegroup && nodeGroupOf(answer.nodegroup);
    },
    async roll({ clusterName, nodeGroup: nodegroupName }, { launchTemplateId: id, version }, token) {
      const command = new UpdateNodegroupVersionCommand({
        clusterName,
        nodegroupName,
        ...(id === '' ? { releaseVersion: version } : { launchTemplate: { id, version } }),
        // A budget of pods holds it, and ends it after a while.
        force: false,
        clientRequestToken: createHash('sha256').update(token).digest('hex'),
      });
      try {
        return { updateId: (await client.send(command)).update?.id ?? '' };
      } catch (error) {
        if (error instanceof Error && REFUSALS.includes(codeOf(error)))
          return { refused: `${codeOf(error)}: ${error.message}` };
        return awsCall(Promise.reject(error));
      }
    },
    async update({ clusterName: name, nodeGroup: nodegroupName }, updateId) {
      const command = new DescribeUpdateCommand({ name, nodegroupName, updateId });
      const answer = await awsCallUnless(['ResourceNotFoundException'], client.send(command));
      return answer?.update && updateOf(answer.update);
    },
  };
}

function nodeGroupOf({ status, releaseVersion, version, amiType, launchTemplate, updateConfig }: Nodegroup): NodeGroup {
  const { maxUnavailable, maxUnavailablePercentage: percentage } = updateConfig ?? {};
  return {
    status: status ?? '',
    // Of a custom image it is the id of that.
    release: amiType === 'CUSTOM' ? '' : (releaseVersion ?? ''),
    kubernetesVersion: version ?? '',
    amiType: amiType ?? '',
    template:
      amiType === 'CUSTOM' && launchTemplate?.id !== undefined
        ? { id: launchTemplate.id, version: launchTemplate.version ?? '' }
        : null,
    maxUnavailable: percentage === undefined ? (maxUnavailable ?? 1) : `${percentage}%`,
  };
}

function updateOf({ status, errors = [] }: Update): NodeGroupUpdate {
  return {
    status: status ?? 'InProgress',
    errors: errors.map(
      ({ errorCode = '', errorMessage = '', resourceIds = [] }) =>
        `${errorCode}: ${errorMessage}${resourceIds.length === 0 ? '' : ` (${resourceIds.join(', ')})`}`,
    ),
  };
}
