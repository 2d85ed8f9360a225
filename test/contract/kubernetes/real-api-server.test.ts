import { describe, it } from 'vitest';
import { startRealTarget } from '../../support/kubernetes/real-target.ts';
import { describeKubernetesContract } from './kubernetes-suite.ts';

const assets = process.env.KUBEBUILDER_ASSETS;

if (assets === undefined || assets === '') {
  describe('Kubernetes API: the real API server', () => {
    it.skip('needs KUBEBUILDER_ASSETS: eval "$(npm run --silent assets)"', () => {});
  });
} else {
  describeKubernetesContract('the real API server', () => startRealTarget(assets));
}
