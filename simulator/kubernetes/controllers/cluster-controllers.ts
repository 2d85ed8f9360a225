import type { Pod } from '../api/objects.ts';
import type { Authorizer } from '../auth/authorization.ts';
import type { Heartbeats } from '../node/heartbeats.ts';
import type { CertificateAuthority } from '../pki/certificates.ts';
import { BootstrapTokenControllers } from './bootstrap-tokens.ts';
import { CertificateRequestControllers } from './certificate-requests.ts';
import type { ControllerContext } from './controller-context.ts';

/** What a scenario may choose about the controllers. */
export interface ControllerOptions {
  /** How long the cloud controller takes to initialise a new Node; default 3–8 s, seeded. `off`: there is none. */
  readonly cloudNode?: 'off' | { readonly seconds: number };
  /** Whether an instance still exists; asked for NotReady nodes, whose Node is deleted when not. Default: always. */
  readonly instanceExists?: (providerId: string) => boolean;
  /** What the cloud controller knows of an instance. Default: what the kubelet reported. */
  readonly instanceMetadata?: (nodeName: string) => CloudInstance | undefined;
  /** `--node-monitor-grace-period`; default 50 s. */
  readonly nodeMonitorGraceSeconds?: number;
}

/** An instance as the cloud provider describes it. */
export interface CloudInstance {
  readonly providerId: string;
  readonly addresses: readonly { type: string; address: string }[];
  readonly instanceType?: string;
  readonly zone?: string;
  readonly region?: string;
}

export interface ClusterControllerDependencies extends ControllerOptions {
  readonly authorizer: Authorizer;
  readonly authority: CertificateAuthority;
  readonly heartbeats: Heartbeats;
  readonly isDown: () => boolean;
  readonly deletePod: (pod: Pod, graceSeconds?: number) => void;
}

/** All controllers of one cluster. */
export class ClusterControllers {
  readonly certificateRequests: CertificateRequestControllers;
  readonly bootstrapTokens: BootstrapTokenControllers;

  constructor(context: ControllerContext, dependencies: ClusterControllerDependencies) {
    this.certificateRequests = new CertificateRequestControllers(
      context,
      dependencies.authorizer,
      dependencies.authority,
    );
    this.bootstrapTokens = new BootstrapTokenControllers(context);
  }

  /** Goes on after an outage of the API server. */
  resume(): void {}
}
