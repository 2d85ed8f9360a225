import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import type { NamedPolicy, PolicyDocument } from './policy.ts';

/** A role as it is registered. */
export interface Role {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly arn: string;
  readonly account: string;
  readonly createdAt: Date;
  maxSessionSeconds: number;
  description: string | undefined;
  trust: PolicyDocument;
  readonly inline: Map<string, PolicyDocument>;
  /** ARNs of attached managed policies. */
  readonly attached: Set<string>;
  boundary: string | undefined;
  readonly tags: Map<string, string>;
}

/** What gives a role to an EC2 instance. */
export interface InstanceProfile {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAt: Date;
  roleName: string | undefined;
}

/** What a role is created from. */
export interface RoleSettings {
  readonly name: string;
  readonly trust: PolicyDocument;
  readonly account?: string;
  readonly path?: string;
  readonly description?: string;
  readonly inline?: Readonly<Record<string, PolicyDocument>>;
  readonly attached?: readonly string[];
  readonly boundary?: string;
  readonly maxSessionSeconds?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

// The AWS managed policies that templates commonly attach, as published in the AWS Managed Policy Reference.
const managed: Readonly<Record<string, PolicyDocument>> = {
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole': {
    Statement: {
      Effect: 'Allow',
      Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: '*',
    },
  },
  'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole': {
    Statement: {
      Effect: 'Allow',
      Action: [
        'logs:CreateLogGroup',
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      Resource: '*',
    },
  },
  'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess': {
    Statement: {
      Effect: 'Allow',
      Action: [
        'xray:PutTraceSegments',
        'xray:PutTelemetryRecords',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:GetSamplingStatisticSummaries',
      ],
      Resource: '*',
    },
  },
  'arn:aws:iam::aws:policy/AdministratorAccess': { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
};

/** One version of a managed policy. */
export interface PolicyVersion {
  readonly id: string;
  readonly document: PolicyDocument;
  isDefault: boolean;
}

/** The roles and managed policies of the simulated accounts, as one of them sees them: a bare name is its own. */
export class Roles {
  readonly #world: World;
  readonly #account: string;
  readonly #roles: Map<string, Role>;
  readonly #profiles: Map<string, InstanceProfile>;
  readonly #managed: Map<string, PolicyVersion[]>;

  /** @param sameIam another account's, of the same world: trust goes from role to role across accounts. */
  constructor(world: World, account: string, sameIam?: Roles) {
    this.#world = world;
    this.#account = account;
    this.#roles = sameIam ? sameIam.#roles : new Map();
    this.#profiles = sameIam ? sameIam.#profiles : new Map();
    this.#managed = sameIam
      ? sameIam.#managed
      : new Map(Object.entries(managed).map(([arn, document]) => [arn, [firstVersion(document)]]));
  }

  /** @throws AwsError EntityAlreadyExists. */
  createRole(settings: RoleSettings): Role {
    const account = settings.account ?? this.#account;
    if (this.find(settings.name, account)) {
      throw new AwsError('EntityAlreadyExists', `Role with name ${settings.name} already exists.`);
    }
    const path = settings.path ?? '/';
    const role: Role = {
      name: settings.name,
      id: `AROA${this.#world.random.for('iam:role-id').hex(17).toUpperCase()}`,
      path,
      arn: `arn:aws:iam::${account}:role${path}${settings.name}`,
      account,
      createdAt: this.#world.date(),
      maxSessionSeconds: settings.maxSessionSeconds ?? 3600,
      description: settings.description,
      trust: settings.trust,
      inline: new Map(Object.entries(settings.inline ?? {})),
      attached: new Set(),
      boundary: settings.boundary,
      tags: new Map(Object.entries(settings.tags ?? {})),
    };
    for (const arn of settings.attached ?? []) this.#attach(role, arn);
    this.#roles.set(`${account}/${settings.name}`, role);
    return role;
  }

  find(name: string, account = this.#account): Role | undefined {
    return this.#roles.get(`${account}/${name}`);
  }

  /** @throws AwsError NoSuchEntity. */
  get(name: string, account = this.#account): Role {
    const role = this.find(name, account);
    if (!role) throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`);
    return role;
  }

  findByArn(arn: string): Role | undefined {
    return [...this.#roles.values()].find((role) => role.arn === arn);
  }

  /** The account's own. */
  list(): readonly Role[] {
    const own = [...this.#roles.values()].filter(({ account }) => account === this.#account);
    return own.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws AwsError NoSuchEntity, DeleteConflict when policies are still attached. */
  deleteRole(name: string): void {
    const role = this.get(name);
    if (role.attached.size > 0)
      throw new AwsError('DeleteConflict', 'Cannot delete entity, must detach all policies first.');
    if (role.inline.size > 0) throw new AwsError('DeleteConflict', 'Cannot delete entity, must delete policies first.');
    this.#roles.delete(`${role.account}/${name}`);
  }

  /** @throws AwsError NoSuchEntity. */
  putRolePolicy(roleName: string, policyName: string, document: PolicyDocument): void {
    this.get(roleName).inline.set(policyName, document);
  }

  /** @throws AwsError NoSuchEntity. */
  deleteRolePolicy(roleName: string, policyName: string): void {
    if (!this.get(roleName).inline.delete(policyName)) {
      throw new AwsError('NoSuchEntity', `The role policy with name ${policyName} cannot be found.`);
    }
  }

  /** @throws AwsError EntityAlreadyExists. */
  createInstanceProfile(name: string, path = '/'): InstanceProfile {
    if (this.#profiles.has(this.#ownKey(name))) {
      throw new AwsError('EntityAlreadyExists', `Instance Profile ${name} already exists.`);
    }
    const profile: InstanceProfile = {
      name,
      id: `AIPA${this.#world.random.for('iam:profile-id').hex(17).toUpperCase()}`,
      path,
      arn: `arn:aws:iam::${this.#account}:instance-profile${path}${name}`,
      createdAt: this.#world.date(),
      roleName: undefined,
    };
    this.#profiles.set(this.#ownKey(name), profile);
    return profile;
  }

  /** By name or ARN; `undefined` for one that is not there. */
  findInstanceProfile(nameOrArn: string): InstanceProfile | undefined {
    return (
      this.#profiles.get(this.#ownKey(nameOrArn)) ?? [...this.#profiles.values()].find(({ arn }) => arn === nameOrArn)
    );
  }

  /** @throws AwsError NoSuchEntity. */
  getInstanceProfile(name: string): InstanceProfile {
    const profile = this.#profiles.get(this.#ownKey(name));
    if (!profile) throw new AwsError('NoSuchEntity', `Instance Profile ${name} cannot be found.`);
    return profile;
  }

  /** @throws AwsError NoSuchEntity, DeleteConflict while a role is in it. */
  deleteInstanceProfile(name: string): void {
    if (this.getInstanceProfile(name).roleName !== undefined)
      throw new AwsError('DeleteConflict', 'Cannot delete entity, must remove roles from instance profile first.');
    this.#profiles.delete(this.#ownKey(name));
  }

  /** @throws AwsError NoSuchEntity, LimitExceeded: a profile holds one role. */
  addRoleToInstanceProfile(profileName: string, roleName: string): void {
    const profile = this.getInstanceProfile(profileName);
    if (profile.roleName !== undefined) {
      throw new AwsError('LimitExceeded', 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1', {
        status: 409,
      });
    }
    profile.roleName = this.get(roleName).name;
  }

  /** Registers a customer managed policy (or an AWS managed one that is not known here). */
  createPolicy(arn: string, document: PolicyDocument): void {
    this.#managed.set(arn, [firstVersion(document)]);
  }

  /** The versions of a managed policy, oldest first, to be changed in place. @throws AwsError NoSuchEntity. */
  policyVersions(arn: string): PolicyVersion[] {
    const versions = this.#managed.get(arn);
    if (versions) return versions;
    throw new AwsError('NoSuchEntity', `Policy ${arn} was not found.`, { status: 404 });
  }

  /** The customer managed policies of the account. */
  listPolicies(): readonly string[] {
    return [...this.#managed.keys()].filter((arn) => arn.split(':')[4] === this.#account);
  }

  /** @throws AwsError NoSuchEntity, DeleteConflict while it is attached or has further versions. */
  deletePolicy(arn: string): void {
    const versions = this.policyVersions(arn);
    if ([...this.#roles.values()].some((role) => role.attached.has(arn) || role.boundary === arn))
      throw new AwsError('DeleteConflict', 'Cannot delete a policy attached to entities.', { status: 409 });
    if (versions.length > 1) {
      const message =
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
      throw new AwsError('DeleteConflict', message, { status: 409 });
    }
    this.#managed.delete(arn);
  }

  /** @throws AwsError NoSuchEntity for a managed policy that is not there. */
  requirePolicy(arn: string): void {
    this.#managedPolicy(arn);
  }

  /** @throws AwsError NoSuchEntity for a role or policy that is not known. */
  attachRolePolicy(roleName: string, policyArn: string): void {
    this.#attach(this.get(roleName), policyArn);
  }

  /** @throws AwsError NoSuchEntity. */
  detachRolePolicy(roleName: string, policyArn: string): void {
    if (!this.get(roleName).attached.delete(policyArn)) {
      throw new AwsError('NoSuchEntity', `Policy ${policyArn} was not found.`);
    }
  }

  /** Inline and attached policies: what identity-based evaluation reads. */
  policiesOf(role: Role): readonly NamedPolicy[] {
    const inline = [...role.inline].map(([name, document]) => ({ name, document }));
    return [...inline, ...[...role.attached].map((arn) => this.#managedPolicy(arn))];
  }

  /** The permissions boundary, when the role has one. */
  boundaryOf(role: Role): NamedPolicy | undefined {
    return role.boundary === undefined ? undefined : this.#managedPolicy(role.boundary);
  }

  #ownKey(name: string): string {
    return `${this.#account}/${name}`;
  }

  #attach(role: Role, arn: string): void {
    this.#managedPolicy(arn);
    role.attached.add(arn);
  }

  // The partition is nobody's business here: templates write ${AWS::Partition}.
  #managedPolicy(arn: string): NamedPolicy {
    const versions = this.#managed.get(arn) ?? this.#managed.get(arn.replace(/^arn:aws[^:]*:/, 'arn:aws:'));
    const document = versions?.find(({ isDefault }) => isDefault)?.document;
    if (!document) throw new AwsError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`);
    return { name: arn, document };
  }
}

function firstVersion(document: PolicyDocument): PolicyVersion {
  return { id: 'v1', document, isDefault: true };
}
