import { checkReferences, creationOrder } from './creation-order.ts';
import { conditionHolds, type ResourceValues, resolve, type Scope } from './intrinsics.ts';
import { parameterValues } from './parameters.ts';
import type { DeclaredResource } from './resource-change.ts';
import { resourceHandlers } from './resource-handlers.ts';
import type { StackTargets } from './stack-targets.ts';
import type { Stack, StackRequest, StackResource } from './stack-types.ts';
import type { Template, TemplateValue } from './template.ts';
import { templateError } from './template-error.ts';

/** What a template asks for: which resources, in which order, and what they refer to. */
export class StackPlan {
  readonly id: string;
  readonly name: string;
  readonly template: Template;
  readonly parameters: Stack['parameters'];
  /** Logical ids: each comes after those that it refers to. */
  readonly order: readonly string[];
  readonly #scope: Scope;
  readonly #inUpdate: boolean;

  private constructor(id: string, { name, template }: StackRequest, scope: Scope, inUpdate: boolean) {
    this.id = id;
    this.name = name;
    this.template = template;
    this.parameters = scope.parameters;
    this.#scope = scope;
    this.#inUpdate = inUpdate;
    const wanted = new Set(Object.keys(template.Resources).filter((logicalId) => this.#isWanted(logicalId)));
    this.order = creationOrder(template, wanted);
  }

  /**
   * Reads a template. `resources` is where those that are there are looked up; it may grow.
   * @throws AwsError `ValidationError` for a template that is wrong or uses what is not supported.
   */
  static async read(
    id: string,
    request: StackRequest,
    resources: ReadonlyMap<string, ResourceValues>,
    targets: StackTargets,
    before?: Stack,
  ): Promise<StackPlan> {
    const { name, template } = request;
    checkSupported(template);
    checkTypes(template, before?.resources);
    const parameters = await parameterValues(template, request.parameters ?? {}, targets);
    const pseudo = pseudoParameters(name, id, targets);
    checkReferences(template, Object.keys(pseudo));
    const scope = { template, parameters, resources, pseudo, availabilityZones: targets.availabilityZones };
    return new StackPlan(id, request, scope, before !== undefined);
  }

  /** A resource as the template has it, with references to what is there by now. */
  declared(logicalId: string): DeclaredResource {
    const wanted = this.template.Resources[logicalId] ?? { Type: '' };
    const { Type: type, Properties = {}, DeletionPolicy = 'Delete', UpdateReplacePolicy = 'Delete' } = wanted;
    return {
      logicalId,
      type,
      declared: resolve(Properties as TemplateValue, this.#scope) as Readonly<Record<string, unknown>>,
      deletionPolicy: DeletionPolicy,
      updateReplacePolicy: UpdateReplacePolicy,
      stackName: this.name,
      inUpdate: this.#inUpdate,
    };
  }

  /** What the stack gives out, and under which name to other stacks. */
  outputs(): Record<string, unknown> {
    return Object.fromEntries(this.#outputs().map(([name, { Value }]) => [name, resolve(Value, this.#scope)]));
  }

  /** Names under which outputs are exported, by output. */
  exports(): ReadonlyMap<string, string> {
    const exported = this.#outputs().flatMap(([name, { Export }]) =>
      Export ? [[name, String(resolve(Export.Name, this.#scope))] as const] : [],
    );
    return new Map(exported);
  }

  #outputs() {
    const outputs = Object.entries(this.template.Outputs ?? {});
    return outputs.filter(([, { Condition }]) => Condition === undefined || conditionHolds(Condition, this.#scope));
  }

  #isWanted(logicalId: string): boolean {
    const condition = this.template.Resources[logicalId]?.Condition;
    return condition === undefined || conditionHolds(condition, this.#scope);
  }
}

function checkSupported(template: Template): void {
  for (const section of ['Transform', 'Rules'] as const) {
    if (template[section] !== undefined)
      throw templateError(`The section ${section} is not supported by the local cloud`);
  }
  const types = new Set(Object.values(template.Resources).map(({ Type }) => Type));
  const unknown = [...types].filter((type) => !Object.hasOwn(resourceHandlers, type));
  if (unknown.length === 0) return;
  throw templateError(
    `Template format error: Unrecognized resource types: [${unknown.join(', ')}] (the local cloud does not have them)`,
  );
}

function checkTypes({ Resources }: Template, before: ReadonlyMap<string, StackResource> = new Map()): void {
  const changed = [...before.values()].filter(
    ({ logicalId, type }) => Resources[logicalId] !== undefined && Resources[logicalId].Type !== type,
  );
  if (changed.length === 0) return;
  const ids = changed.map(({ logicalId }) => logicalId).join(', ');
  throw templateError(
    `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${ids}]`,
  );
}

function pseudoParameters(name: string, id: string, { region, account }: StackTargets): Scope['pseudo'] {
  return {
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': name,
    'AWS::StackId': id,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': undefined,
  };
}
