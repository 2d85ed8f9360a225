import * as sdk from '@aws-sdk/client-eks';
import { type Access, defineService, type Service } from '../cloud/service.ts';
import { resourceTagContext } from '../cloud/tag-context.ts';
import type { NodeGroups } from './node-groups.ts';

interface Named {
  readonly clusterName?: string | undefined;
  readonly nodegroupName?: string | undefined;
}

/** EKS, as far as managed node groups go. */
export function eksService(groups: NodeGroups): Service {
  const on =
    (action: string) =>
    ({ clusterName, nodegroupName }: Named): readonly Access[] => {
      const { arn, tags } = groups.subjectOf(clusterName, nodegroupName);
      return [
        { action: `eks:${action}`, resource: arn, context: resourceTagContext('aws', new Map(Object.entries(tags))) },
      ];
    };
  return defineService('eks', sdk, {
    DescribeNodegroup: {
      access: on('DescribeNodegroup'),
      run: ({ clusterName, nodegroupName }) => ({ nodegroup: groups.describe(clusterName, nodegroupName) }),
    },
    UpdateNodegroupVersion: {
      access: on('UpdateNodegroupVersion'),
      run: (input) => ({ update: groups.updateVersion(input) }),
    },
    DescribeUpdate: {
      // Of the cluster, and of the node group: both are demanded (service authorization reference, "Actions defined by Amazon EKS").
      access: ({ name, nodegroupName }) => [
        { action: 'eks:DescribeUpdate', resource: groups.clusterArn(name) },
        ...on('DescribeUpdate')({ clusterName: name, nodegroupName }),
      ],
      run: ({ name, nodegroupName, updateId }) => ({ update: groups.update(name, nodegroupName, updateId) }),
    },
  });
}
