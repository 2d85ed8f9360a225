import type * as ssm from '@aws-sdk/client-ssm';
import { load } from 'js-yaml';
import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { Calendars } from './calendars.ts';

interface DocumentParameter {
  readonly type: 'String' | 'StringList' | string;
  readonly default?: unknown;
  readonly allowedPattern?: string;
  readonly allowedValues?: readonly unknown[];
  readonly maxChars?: number;
  readonly minChars?: number;
}

/** A command document of schema 2.2. */
export interface CommandContent {
  readonly schemaVersion: '2.2';
  readonly description?: string;
  readonly parameters?: Readonly<Record<string, DocumentParameter>>;
  readonly mainSteps: readonly {
    readonly action: string;
    readonly name: string;
    readonly inputs: { readonly runCommand: readonly string[]; readonly timeoutSeconds?: string | number };
  }[];
}

/** One version of a document. */
export interface DocumentVersion {
  readonly version: string;
  readonly text: string;
  readonly format: 'JSON' | 'YAML';
  readonly content: CommandContent;
  readonly createdAt: number;
}

/** A document; its newest version is its default unless the default was set. */
export interface SsmDocument {
  readonly name: string;
  readonly tags: Map<string, string>;
  readonly versions: DocumentVersion[];
  defaultVersion: string;
}

/** The command documents of the account. AWS's own (`AWS-RunShellScript`) are not there: commands run through own ones. */
export class Documents {
  /** Documents of another kind. */
  readonly calendars: Calendars;
  readonly #world: World;
  readonly #documents = new Map<string, SsmDocument>();

  constructor(world: World) {
    this.#world = world;
    this.calendars = new Calendars(world);
  }

  list(): readonly SsmDocument[] {
    return [...this.#documents.values()];
  }

  /** @throws AwsError `InvalidDocument`. */
  get(nameOrArn: string | undefined): SsmDocument {
    const name = (nameOrArn ?? '').split('/').at(-1) ?? '';
    const document = this.#documents.get(name);
    if (!document) throw new AwsError('InvalidDocument', `Document with name ${nameOrArn} does not exist.`);
    return document;
  }

  /** @throws AwsError `InvalidDocumentVersion`. `$DEFAULT` when none is named. */
  version(document: SsmDocument, version = '$DEFAULT'): DocumentVersion {
    const wanted =
      version === '$DEFAULT'
        ? document.defaultVersion
        : version === '$LATEST'
          ? document.versions.at(-1)?.version
          : version;
    const found = document.versions.find((each) => each.version === wanted);
    if (!found)
      throw new AwsError('InvalidDocumentVersion', `Document version ${version} of ${document.name} does not exist.`);
    return found;
  }

  create(input: ssm.CreateDocumentCommandInput): SsmDocument {
    const name = input.Name ?? '';
    if (this.#documents.has(name))
      throw new AwsError('DocumentAlreadyExists', 'Document with same name already exists');
    if (!/^[\w.-]{3,128}$/.test(name) || /^(aws|amazon|amzn)-?/i.test(name)) {
      throw new AwsError('ValidationException', `The document name ${name} is not valid.`);
    }
    if (input.DocumentType !== undefined && input.DocumentType !== 'Command') {
      throw new AwsError(
        'NotImplemented',
        `CreateDocument: documents of type ${input.DocumentType} are not simulated.`,
        { status: 501 },
      );
    }
    const document: SsmDocument = { name, tags: new Map(), versions: [], defaultVersion: '1' };
    this.#add(document, input.Content ?? '', input.DocumentFormat);
    for (const { Key, Value } of input.Tags ?? []) document.tags.set(Key ?? '', Value ?? '');
    this.#documents.set(name, document);
    return document;
  }

  /** Adds a version; the default stays what it was. @throws AwsError `DuplicateDocumentContent`. */
  update(input: ssm.UpdateDocumentCommandInput): DocumentVersion {
    const document = this.get(input.Name);
    if (document.versions.some(({ text }) => text === input.Content)) {
      throw new AwsError(
        'DuplicateDocumentContent',
        'The content of the association document matches another document. Change the content of the document and try again.',
      );
    }
    return this.#add(document, input.Content ?? '', input.DocumentFormat);
  }

  delete(name: string | undefined): void {
    this.#documents.delete(this.get(name).name);
  }

  #add(document: SsmDocument, text: string, format: ssm.DocumentFormat | undefined): DocumentVersion {
    const version = {
      version: String(document.versions.length + 1),
      text,
      format: format === 'YAML' ? ('YAML' as const) : ('JSON' as const),
      content: parse(text, format),
      createdAt: this.#world.now(),
    };
    document.versions.push(version);
    return version;
  }
}

/**
 * The script of a document with its parameters filled in, and how long it may run.
 * @throws AwsError `InvalidParameters` for unknown, missing or unfit parameters.
 */
export function renderScript(
  content: CommandContent,
  given: Readonly<Record<string, readonly string[]>>,
): { readonly script: string; readonly timeoutSeconds: number } {
  const known = content.parameters ?? {};
  for (const name of Object.keys(given))
    if (!(name in known)) throw unfit(`Parameter "${name}" is not supported by the document.`);
  const values = new Map(Object.entries(known).map(([name, rule]) => [name, parameterText(name, rule, given[name])]));
  const fill = (text: string) =>
    text.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (whole, name: string) => values.get(name) ?? whole);
  const steps = content.mainSteps.map(({ inputs }) => inputs.runCommand.map(fill).join('\n'));
  const timeout = Number(fill(String(content.mainSteps[0]?.inputs.timeoutSeconds ?? 3600)));
  return { script: steps.join('\n'), timeoutSeconds: timeout };
}

function parameterText(name: string, rule: DocumentParameter, given: readonly string[] | undefined): string {
  const list = given ?? (rule.default === undefined ? undefined : [rule.default].flat().map(String));
  if (!list) throw unfit(`Parameter "${name}" requires a value.`);
  for (const value of list) {
    const fits =
      (rule.allowedPattern === undefined || new RegExp(rule.allowedPattern).test(value)) &&
      (rule.allowedValues === undefined || rule.allowedValues.map(String).includes(value)) &&
      value.length <= (rule.maxChars ?? Number.POSITIVE_INFINITY) &&
      value.length >= (rule.minChars ?? 0);
    if (!fits) throw unfit(`Parameter value for "${name}" is not allowed by the document.`);
  }
  return rule.type === 'StringList' ? list.join('\n') : (list[0] ?? '');
}

function parse(text: string, format: ssm.DocumentFormat | undefined): CommandContent {
  let content: unknown;
  try {
    content = format === 'YAML' ? load(text) : JSON.parse(text);
  } catch (error) {
    throw new AwsError('InvalidDocumentContent', error instanceof Error ? error.message : String(error));
  }
  const document = content as Partial<CommandContent> | null;
  if (document?.schemaVersion !== '2.2') {
    throw new AwsError('InvalidDocumentSchemaVersion', 'Only schema version 2.2 is simulated.');
  }
  if (!Array.isArray(document.mainSteps) || document.mainSteps.length === 0) {
    throw new AwsError('InvalidDocumentContent', 'Document has no mainSteps.');
  }
  for (const { action, inputs } of document.mainSteps as CommandContent['mainSteps']) {
    if (action !== 'aws:runShellScript') throw new AwsError('InvalidPluginName', `Plugin ${action} is not simulated.`);
    if (!Array.isArray(inputs?.runCommand))
      throw new AwsError('InvalidDocumentContent', 'runCommand must be a list of lines.');
  }
  return document as CommandContent;
}

function unfit(message: string): AwsError {
  return new AwsError('InvalidParameters', message);
}
