import { startSimulatedTarget } from '../../support/kubernetes/simulated-target.ts';
import { describeKubernetesContract } from './kubernetes-suite.ts';

describeKubernetesContract('the local cloud', startSimulatedTarget);
