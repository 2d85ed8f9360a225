/** One value or many, as policy documents allow both. */
export type OneOrMany<T> = T | readonly T[];

/** `"*"`, or kinds of principals with their values. */
export type PolicyPrincipal = '*' | Readonly<Record<string, OneOrMany<string>>>;

/** One statement of a policy document. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  readonly Principal?: PolicyPrincipal;
  readonly NotPrincipal?: PolicyPrincipal;
  /** Operator → condition key → values. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany<string | number | boolean>>>>>;
}

/** A policy document as JSON. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: OneOrMany<PolicyStatement>;
}

/** A document together with the name by which people know it. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** Always a list; empty for nothing. */
export function listOf<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

/** The statements of a document. */
export function statementsOf(document: PolicyDocument): readonly PolicyStatement[] {
  return listOf(document.Statement);
}
