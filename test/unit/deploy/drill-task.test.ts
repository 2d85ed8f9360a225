import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { IMAGE, stageWith } from '../../support/etcd/drill-task.ts';
import { root } from '../../support/source-files.ts';

const stack = createRequire(import.meta.url)(join(root, 'deploy/stack/drill-task.cjs')) as {
  readonly resources: (context: object) => Promise<{ readonly Resources: Record<string, object> }>;
  readonly taskDefinition: (context: object) => Promise<unknown>;
};
const whole = { drillImage: IMAGE, drillSubnetIds: 'subnet-0a', drillSecurityGroupIds: 'sg-0c' };

it('makes nothing where the stage names no image', async () => {
  expect(await stack.resources(stageWith({}))).toEqual({ Resources: {} });
  expect(await stack.taskDefinition(stageWith({}))).toBe('');
});

it.each(Object.keys(whole))('does not begin to deploy without %s, where the others are given', async (name) => {
  await expect(stack.resources(stageWith({ ...whole, [name]: '' }))).rejects.toThrow('belong together');
});

it('adds five resources, and pulls from the one repository that the image is in', async () => {
  const { Resources } = await stack.resources(stageWith(whole));

  expect(Object.keys(Resources)).toHaveLength(5);
  expect(JSON.stringify(Resources)).toContain(':ecr:us-east-1:111111111111:repository/tender-drill"');
});
