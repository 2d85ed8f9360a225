import { SimulatedTarget } from '../../support/kubernetes/simulated-target.ts';
import { describeKubernetesContract } from './kubernetes-suite.ts';

describeKubernetesContract('the local cloud', async () => new SimulatedTarget());
