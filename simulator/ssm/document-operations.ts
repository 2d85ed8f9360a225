import type * as ssm from '@aws-sdk/client-ssm';
import { pageOf } from '../cloud/pages.ts';
import { AwsError, type Operations } from '../cloud/service.ts';
import type { Documents, DocumentVersion, SsmDocument } from './documents.ts';

/** The operations on command documents. */
export function documentOperations(documents: Documents, place: { readonly region: string; readonly account: string }) {
  const on = (action: string) => (input: { readonly Name?: string | undefined }) => [
    { action: `ssm:${action}`, resource: `arn:aws:ssm:${place.region}:${place.account}:document/${input.Name ?? ''}` },
  ];
  return {
    CreateDocument: {
      access: on('CreateDocument'),
      run: (input) => {
        if (input.DocumentType !== 'ChangeCalendar')
          return { DocumentDescription: describe(documents, documents.create(input), undefined) };
        const { Name = '', Content = '' } = input;
        documents.calendars.create(Name, Content);
        const kind = { DocumentType: 'ChangeCalendar', DocumentFormat: 'TEXT', Status: 'Active' } as const;
        return { DocumentDescription: { Name, ...kind } };
      },
    },
    UpdateDocument: {
      access: on('UpdateDocument'),
      run: (input) => {
        const { version } = documents.update(input);
        return { DocumentDescription: describe(documents, documents.get(input.Name), version) };
      },
    },
    UpdateDocumentDefaultVersion: {
      access: on('UpdateDocumentDefaultVersion'),
      run: (input) => {
        const document = documents.get(input.Name);
        document.defaultVersion = documents.version(document, input.DocumentVersion).version;
        return { Description: { Name: document.name, DefaultVersion: document.defaultVersion } };
      },
    },
    DescribeDocument: {
      access: on('DescribeDocument'),
      run: (input) => ({ Document: describe(documents, documents.get(input.Name), input.DocumentVersion) }),
    },
    GetDocument: {
      access: on('GetDocument'),
      run: (input) => {
        const document = documents.get(input.Name);
        const version = documents.version(document, input.DocumentVersion);
        return { ...common(document, version), Status: 'Active' as const, Content: version.text };
      },
    },
    DeleteDocument: {
      access: on('DeleteDocument'),
      run: (input) => {
        documents.delete(input.Name);
        return {};
      },
    },
    ListDocuments: {
      run: (input) => {
        const page = pageOf(documents.list(), input.MaxResults ?? 50, input.NextToken);
        return {
          DocumentIdentifiers: page.items.map((document) => common(document, documents.version(document))),
          NextToken: page.next,
        };
      },
    },
  } satisfies Operations<typeof ssm>;
}

function describe(documents: Documents, document: SsmDocument, wanted: string | undefined): ssm.DocumentDescription {
  const version = documents.version(document, wanted);
  const latest = document.versions.at(-1)?.version;
  if (latest === undefined) throw new AwsError('InvalidDocument', `Document ${document.name} has no version.`);
  return {
    ...common(document, version),
    Status: 'Active',
    CreatedDate: new Date(version.createdAt),
    DefaultVersion: document.defaultVersion,
    LatestVersion: latest,
    Description: version.content.description ?? '',
    Tags: [...document.tags].map(([Key, Value]) => ({ Key, Value })),
    Parameters: Object.entries(version.content.parameters ?? {}).map(([Name, { type, default: value }]) => ({
      Name,
      Type: type === 'StringList' ? ('StringList' as const) : ('String' as const),
      ...(value === undefined ? {} : { DefaultValue: String(value) }),
    })),
  };
}

function common(document: SsmDocument, version: DocumentVersion) {
  return {
    Name: document.name,
    DocumentVersion: version.version,
    DocumentFormat: version.format,
    DocumentType: 'Command' as const,
    SchemaVersion: version.content.schemaVersion,
    PlatformTypes: ['Linux' as const],
  };
}
