import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './source-files.ts';

/** A resource of the packaged CloudFormation template. */
export interface TemplateResource {
  readonly id: string;
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** One statement of a policy, with its lists made lists. */
export interface Statement {
  /** Logical id of the resource that it is written in. */
  readonly in: string;
  readonly type: string;
  readonly allows: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly unknown[];
}

const path = '.serverless/cloudformation-template-update-stack.json';

/** @throws Error when the stack was not packaged. */
export function templateText(): string {
  const file = join(root, path);
  if (!existsSync(file)) throw new Error(`${path} is not there: run \`npm run package\``);
  return readFileSync(file, 'utf8');
}

/** All resources of the packaged template. */
export function templateResources(): readonly TemplateResource[] {
  const { Resources } = JSON.parse(templateText()) as { Resources: Record<string, Omit<TemplateResource, 'id'>> };
  return Object.entries(Resources).map(([id, resource]) => ({
    id,
    ...resource,
    Properties: resource.Properties ?? {},
  }));
}

/** Every statement of every policy document in the template: of roles, managed policies, keys, buckets, queues. */
export function templateStatements(): readonly Statement[] {
  return templateResources().flatMap(({ id, Type, Properties }) =>
    policyDocuments(Properties).flatMap((statements) =>
      statements.map((statement) => ({
        in: id,
        type: Type,
        allows: statement.Effect === 'Allow',
        actions: list(statement.Action) as string[],
        resources: list(statement.Resource),
      })),
    ),
  );
}

/** The logical id in `{Ref: id}` or `{"Fn::GetAtt": [id, …]}`; undefined for anything else. */
export function referredId(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('Ref' in value && typeof value.Ref === 'string') return value.Ref;
  const attribute = 'Fn::GetAtt' in value ? value['Fn::GetAtt'] : undefined;
  return Array.isArray(attribute) && typeof attribute[0] === 'string' ? attribute[0] : undefined;
}

type RawStatement = { readonly Effect?: string; readonly Action?: unknown; readonly Resource?: unknown };

/** Documents are told by their `Statement`, wherever a resource keeps them. */
function policyDocuments(value: unknown): readonly (readonly RawStatement[])[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('Statement' in value && Array.isArray(value.Statement)) return [value.Statement as RawStatement[]];
  return Object.values(value).flatMap(policyDocuments);
}

function list(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
