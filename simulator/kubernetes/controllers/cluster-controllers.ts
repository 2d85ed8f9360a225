import type { Pod } from '../api/objects.ts';
import type { Authorizer } from '../auth/authorization.ts';
import type { CertificateAuthority } from '../pki/certificates.ts';
import { AttachDetachController } from './attach-detach.ts';
import { BootstrapTokenControllers } from './bootstrap-tokens.ts';
import { CertificateRequestControllers } from './certificate-requests.ts';
import { type CloudInstance, CloudNodeController } from './cloud-nodes.ts';
import type { ControllerContext } from './controller-context.ts';
import { DaemonSetController } from './daemon-sets.ts';
import { DisruptionController } from './disruption.ts';
import { EventExpiry } from './event-expiry.ts';
import { GarbageCollector } from './garbage-collection.ts';
import { NodeLifecycleController } from './node-lifecycle.ts';
import { ReplicaControllers } from './replica-sets.ts';
import { Scheduler } from './scheduler.ts';
import { NamespaceDefaultsController } from './service-accounts.ts';
import { VolumeProvisioner } from './volume-provisioner.ts';

/** What a scenario may choose about the controllers. */
export interface ControllerOptions {
  /** How long the cloud controller takes to initialise a new Node; default 3–8 s, seeded. `off`: there is none. */
  readonly cloudNode?: 'off' | { readonly seconds: number };
  /** Whether an instance still exists; asked for nodes that are not Ready, whose Node is deleted when not. Default: always. */
  readonly instanceExists?: (providerId: string) => boolean;
  /** What the cloud knows of an instance, by node name. Default: what the kubelet reported. */
  readonly instanceMetadata?: (nodeName: string) => CloudInstance | undefined;
  /** Whether kubelet-serving requests whose names are the node's own are approved by the cluster, as EKS does. Default false. */
  readonly approvesServing?: boolean;
  /** `--node-monitor-grace-period`; default 50 s. */
  readonly nodeMonitorGraceSeconds?: number;
}

export interface ClusterControllerDependencies extends ControllerOptions {
  readonly authorizer: Authorizer;
  readonly authority: CertificateAuthority;
  readonly isDown: () => boolean;
  readonly deletePod: (pod: Pod, graceSeconds?: number) => void;
}

/** All controllers of one cluster: the controller-manager, the scheduler and the cloud's. */
export class ClusterControllers {
  readonly #nodeLifecycle: NodeLifecycleController;

  constructor(context: ControllerContext, dependencies: ClusterControllerDependencies) {
    const { authorizer, authority, isDown, deletePod, cloudNode, instanceExists, instanceMetadata } = dependencies;
    new CertificateRequestControllers(context, authorizer, authority, dependencies.approvesServing ?? false);
    new BootstrapTokenControllers(context);
    new NamespaceDefaultsController(context, authority.certificate);
    this.#nodeLifecycle = new NodeLifecycleController(context, {
      graceSeconds: dependencies.nodeMonitorGraceSeconds ?? 50,
      isDown,
      deletePod,
    });
    new EventExpiry(context);
    new Scheduler(context);
    new DaemonSetController(context, deletePod);
    new ReplicaControllers(context, deletePod);
    new DisruptionController(context);
    new GarbageCollector(context, deletePod);
    new VolumeProvisioner(context);
    new AttachDetachController(context);
    if (cloudNode !== 'off')
      new CloudNodeController(context, {
        isDown,
        ...(cloudNode && { seconds: cloudNode.seconds }),
        ...(instanceExists && { instanceExists }),
        ...(instanceMetadata && { instanceMetadata }),
      });
  }

  /** Goes on after an outage of the API server. */
  resume(): void {
    this.#nodeLifecycle.resume();
  }
}
