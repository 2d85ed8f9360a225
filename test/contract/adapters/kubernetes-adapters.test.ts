import { describe, it } from 'vitest';
import { startRealTarget } from '../../support/kubernetes/real-target.ts';
import { SimulatedTarget } from '../../support/kubernetes/simulated-target.ts';
import { describeKubernetesAdapters } from './kubernetes-adapters-suite.ts';

const assets = process.env.KUBEBUILDER_ASSETS;

describeKubernetesAdapters('the local cloud', async () => new SimulatedTarget());

if (assets === undefined || assets === '') {
  describe('Tender on the real API server', () => {
    it.skip('needs KUBEBUILDER_ASSETS: eval "$(npm run --silent assets)"', () => {});
  });
} else {
  describeKubernetesAdapters('the real API server', () => startRealTarget(assets));
}
