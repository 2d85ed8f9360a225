import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';

export interface LaunchTemplateVersionRecord {
  readonly number: number;
  readonly description: string | undefined;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly data: RequestLaunchTemplateData;
}

export interface LaunchTemplateRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly tags: Map<string, string>;
  readonly versions: Map<number, LaunchTemplateVersionRecord>;
  defaultVersion: number;
  latestVersion: number;
}

/** How a caller names a template: by id or by name, and a version (`$Default` when none). */
export interface TemplateReference {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly Version?: string | undefined;
}

/** The launch templates of one region. */
export class LaunchTemplates {
  readonly all = new Map<string, LaunchTemplateRecord>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws AwsError `InvalidLaunchTemplateName.AlreadyExistsException`. */
  create(name: string, data: RequestLaunchTemplateData, createdBy: string, description?: string): LaunchTemplateRecord {
    if ([...this.all.values()].some((t) => t.name === name)) {
      throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
    }
    const template: LaunchTemplateRecord = {
      id: `lt-0${this.#world.random.for('ec2:template-id').hex(16)}`,
      name,
      createdAt: this.#world.date(),
      createdBy,
      tags: new Map(),
      versions: new Map(),
      defaultVersion: 1,
      latestVersion: 0,
    };
    this.all.set(template.id, template);
    this.addVersion(template, data, createdBy, description);
    return template;
  }

  addVersion(
    template: LaunchTemplateRecord,
    data: RequestLaunchTemplateData,
    createdBy: string,
    description?: string,
  ): LaunchTemplateVersionRecord {
    template.latestVersion += 1;
    const number = template.latestVersion;
    const version = { number, description, createdAt: this.#world.date(), createdBy, data };
    template.versions.set(number, version);
    return version;
  }

  /** @throws AwsError `InvalidLaunchTemplateId.NotFound`, `InvalidLaunchTemplateName.NotFoundException`. */
  find(reference: TemplateReference): LaunchTemplateRecord {
    const { LaunchTemplateId: id, LaunchTemplateName: name } = reference;
    if (id !== undefined) {
      const template = this.all.get(id);
      if (template) return template;
      throw new AwsError(
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, with template ID ${id}, does not exist.`,
      );
    }
    if (name === undefined) {
      throw new AwsError(
        'MissingParameter',
        'The request must contain the parameter LaunchTemplateId or LaunchTemplateName',
      );
    }
    for (const template of this.all.values()) if (template.name === name) return template;
    throw new AwsError(
      'InvalidLaunchTemplateName.NotFoundException',
      `The specified launch template, with template name ${name}, does not exist.`,
    );
  }

  /** The version that a number, `$Latest` or `$Default` means now. @throws AwsError `InvalidLaunchTemplateId.VersionNotFound`. */
  version(template: LaunchTemplateRecord, version = '$Default'): LaunchTemplateVersionRecord {
    const number =
      version === '$Latest'
        ? template.latestVersion
        : version === '$Default'
          ? template.defaultVersion
          : Number(version);
    const found = template.versions.get(number);
    if (!found) throw new AwsError('InvalidLaunchTemplateId.VersionNotFound', 'Could not find launch template version');
    return found;
  }
}
