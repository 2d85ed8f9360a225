import type * as Ec2 from '@aws-sdk/client-ec2';
import { pageOf } from '../cloud/pages.ts';
import type { Access, Operations } from '../cloud/service.ts';
import { AwsError } from '../cloud/service.ts';
import { requestTagContext, resourceTagContext } from '../cloud/tag-context.ts';
import { matchesFilters, tagFilter, tagList } from './filters.ts';
import type { Images } from './images.ts';
import type {
  LaunchTemplateRecord,
  LaunchTemplates,
  LaunchTemplateVersionRecord,
  TemplateReference,
} from './launch-templates.ts';

/** The operations on launch templates. `arn` makes the ARN of an EC2 resource (`launch-template/lt-0…`). */
export function launchTemplateOperations(
  templates: LaunchTemplates,
  images: Images,
  arn: (resource: string) => string,
): Operations<typeof Ec2> {
  const access = (action: string, reference: TemplateReference): Access[] => {
    const template = templates.find(reference);
    return [
      {
        action: `ec2:${action}`,
        resource: arn(`launch-template/${template.id}`),
        context: resourceTagContext('ec2', template.tags),
      },
    ];
  };
  return {
    CreateLaunchTemplate: {
      access: (input) => [
        {
          action: 'ec2:CreateLaunchTemplate',
          resource: arn('launch-template/*'),
          context: requestTagContext(input.TagSpecifications?.flatMap((s) => s.Tags ?? [])),
        },
      ],
      run: (input, call) => {
        const data = input.LaunchTemplateData ?? {};
        const template = templates.create(
          input.LaunchTemplateName ?? '',
          data,
          call.caller.arn,
          input.VersionDescription,
        );
        for (const specification of input.TagSpecifications ?? []) {
          if (specification.ResourceType !== 'launch-template') continue;
          for (const tag of specification.Tags ?? []) template.tags.set(tag.Key ?? '', tag.Value ?? '');
        }
        return { LaunchTemplate: describeTemplate(template) };
      },
    },
    CreateLaunchTemplateVersion: {
      access: (input) => access('CreateLaunchTemplateVersion', input),
      run: (input, call) => {
        const template = templates.find(input);
        const source = input.SourceVersion === undefined ? {} : templates.version(template, input.SourceVersion).data;
        const data = { ...source, ...input.LaunchTemplateData };
        const version = templates.addVersion(template, data, call.caller.arn, input.VersionDescription);
        return { LaunchTemplateVersion: describeVersion(template, version) };
      },
    },
    ModifyLaunchTemplate: {
      access: (input) => access('ModifyLaunchTemplate', input),
      run: (input) => {
        const template = templates.find(input);
        if (input.DefaultVersion !== undefined)
          template.defaultVersion = templates.version(template, input.DefaultVersion).number;
        return { LaunchTemplate: describeTemplate(template) };
      },
    },
    DeleteLaunchTemplate: {
      access: (input) => access('DeleteLaunchTemplate', input),
      run: (input) => {
        const template = templates.find(input);
        templates.all.delete(template.id);
        return { LaunchTemplate: describeTemplate(template) };
      },
    },
    DescribeLaunchTemplates: {
      run: (input) => {
        const named = [
          ...(input.LaunchTemplateIds ?? []).map((LaunchTemplateId) => templates.find({ LaunchTemplateId })),
          ...(input.LaunchTemplateNames ?? []).map((LaunchTemplateName) => templates.find({ LaunchTemplateName })),
        ];
        const found = (named.length > 0 ? named : [...templates.all.values()]).filter((template) =>
          matchesFilters(input.Filters, (name) =>
            name === 'launch-template-name' ? [template.name] : tagFilter(name, template.tags),
          ),
        );
        const page = pageOf(found, input.MaxResults, input.NextToken);
        return { LaunchTemplates: page.items.map(describeTemplate), ...(page.next ? { NextToken: page.next } : {}) };
      },
    },
    DescribeLaunchTemplateVersions: {
      run: (input) => {
        const template = templates.find(input);
        const resolve = input.ResolveAlias === true ? images : undefined;
        const page = pageOf(versionsAsked(templates, template, input), input.MaxResults, input.NextToken);
        return {
          LaunchTemplateVersions: page.items.map((version) => describeVersion(template, version, resolve)),
          ...(page.next ? { NextToken: page.next } : {}),
        };
      },
    },
  };
}

function versionsAsked(
  templates: LaunchTemplates,
  template: LaunchTemplateRecord,
  input: Ec2.DescribeLaunchTemplateVersionsRequest,
): LaunchTemplateVersionRecord[] {
  if (input.Filters?.length) {
    throw new AwsError('NotImplemented', 'DescribeLaunchTemplateVersions supports no filters.', { status: 501 });
  }
  if (input.Versions?.length) return input.Versions.map((version) => templates.version(template, version));
  const newestFirst = [...template.versions.values()].sort((a, b) => b.number - a.number);
  return newestFirst.filter(
    ({ number }) =>
      number >= Number(input.MinVersion ?? 1) && number <= Number(input.MaxVersion ?? template.latestVersion),
  );
}

function describeTemplate(template: LaunchTemplateRecord): Ec2.LaunchTemplate {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    CreateTime: template.createdAt,
    CreatedBy: template.createdBy,
    DefaultVersionNumber: template.defaultVersion,
    LatestVersionNumber: template.latestVersion,
    Tags: tagList(template.tags),
  };
}

function describeVersion(
  template: LaunchTemplateRecord,
  version: LaunchTemplateVersionRecord,
  images?: Images,
): Ec2.LaunchTemplateVersion {
  const imageId = version.data.ImageId;
  const resolved = images && imageId !== undefined ? { ImageId: images.resolve(imageId).imageId } : {};
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: version.number,
    ...(version.description === undefined ? {} : { VersionDescription: version.description }),
    CreateTime: version.createdAt,
    CreatedBy: version.createdBy,
    DefaultVersion: version.number === template.defaultVersion,
    LaunchTemplateData: { ...version.data, ...resolved } as Ec2.ResponseLaunchTemplateData,
  };
}
