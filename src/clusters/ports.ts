import type { PersonPage } from '../schema/person-page.ts';
import type { KnownMatter } from '../schema/standing-matters.ts';
import type { Cluster } from './cluster.ts';

/** Where registry entries are kept. */
export interface ClusterEntries {
  /** The text of one entry; undefined when there is none of this name. */
  read(name: string): Promise<string | undefined>;
  /** Every entry. One whose text cannot be had (a policy in S3 that is gone) says why and does not hold up the others. */
  readAll(): Promise<readonly EntryText[]>;
}

export type EntryText =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly unreadable: string };

/** Starts workflows. */
export interface WorkflowStarter {
  /** Starts an execution of this name; one that exists already is as good. */
  start(
    workflow: string,
    executionName: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<'started' | 'already-started'>;
}

/** What people were told of entries that cannot be used. */
export interface EntryMatters {
  readonly matters: readonly KnownMatter[];
  /** Pages that are not known to be sent. */
  readonly unsent: readonly PersonPage[];
  /** Since when somebody sends them, ISO 8601; empty: nobody does. */
  readonly sendingSince: string;
}

/** Where that is kept, one document for all. */
export interface EntryMattersStore {
  /** No value where there is none, or none that can be read. */
  read(): Promise<{ readonly value?: EntryMatters; readonly etag: string | undefined }>;
  /** Replaces the one that has this tag; undefined: there was none. */
  write(value: EntryMatters, etag: string | undefined): Promise<{ readonly etag: string } | 'conflict'>;
}

/** Tells people. */
export interface EntryPager {
  page(page: PersonPage): Promise<void>;
}

/** How Tender is known to a cluster's API server, as its registry entry says. */
export type KubernetesAuth = Cluster['kubernetes']['auth'];

/** Where a cluster's API is, as its registry entry says. */
export type KubernetesEndpoint = Pick<Cluster['kubernetes'], 'endpoint' | 'certificateAuthority' | 'tlsServerName'>;

/** How a request to the API server says who it is from. */
export interface KubernetesCredential {
  readonly token?: string;
  /** Both PEM. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  /** When a fresh one is to be had; without it, when the API server refuses this one. */
  readonly goodUntil?: Date;
}
