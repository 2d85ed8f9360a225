import type { Identity } from './contract-target.ts';

/** Prepares what a test needs, and is never what a test is about. */
export const administrator: Identity = { kind: 'user', name: 'contract-preparation', groups: ['system:masters'] };

/** The identity of `deploy/kubernetes/rbac.yaml`. */
export const tender: Identity = { kind: 'user', name: 'tender', groups: ['tender:controllers'] };

/** May watch nodes and CSRs, which Tender may not: a person with kubectl. */
export const observer: Identity = { kind: 'user', name: 'observer', groups: ['contract:observers'] };

export const anonymous: Identity = { kind: 'anonymous' };

/** The kubelet of a node. */
export function kubelet(nodeName: string): Identity {
  return { kind: 'user', name: `system:node:${nodeName}`, groups: ['system:nodes'] };
}

export function bearer(token: string): Identity {
  return { kind: 'token', token };
}
