import { flapKubelet } from '../../../simulator/instances/flap-kubelet.ts';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import type { Fault, ObservedCall } from '../../../simulator/world/faults.ts';
import type { Happening } from './seed-plan.ts';
import type { SeedWorld } from './seed-world.ts';
import { namesSomebody, type Trouble } from './trouble.ts';

const STACK = 'tender-dev-';

/** Lets everything that is planned happen in its time; returns how much of it is still to come. */
export function letHappen(seed: SeedWorld, trouble: Trouble): { left(): number } {
  let left = seed.plan.happenings.length;
  for (const happening of seed.plan.happenings) {
    const delay = happening.at * 1000 - (seed.world.now() - seed.readyAt);
    seed.world.after(delay, `seed: ${happening.kind}`, () => {
      left -= 1;
      seed.world.history.record('seed', happening.kind, { ...happening });
      void perform(seed, trouble, happening).catch((error: unknown) => {
        // The instance is gone by then, or leaving already: AWS says so, and nothing happens.
        seed.world.history.record('seed', 'not-done', { kind: happening.kind, why: String(error) });
      });
    });
  }
  return { left: () => left };
}

async function perform(seed: SeedWorld, trouble: Trouble, happening: Happening): Promise<void> {
  const { cloud } = seed.deployment;
  const { instances } = cloud.fleet;
  const autoscaling = (operation: string, input: object) => cloud.operate('autoscaling', operation, input);
  const whileItLasts = async (what: string, lift: () => void, seconds: number) => {
    trouble.during(seconds, what);
    await seed.world.sleep(seconds * 1000);
    lift();
  };
  switch (happening.kind) {
    case 'scale-in':
    case 'scale-out': {
      const AutoScalingGroupName = seed.groupName(happening.group);
      const desired = cloud.fleet.groups.group(AutoScalingGroupName).desired;
      const by = happening.kind === 'scale-in' ? -happening.by : happening.by;
      await autoscaling('SetDesiredCapacity', { AutoScalingGroupName, DesiredCapacity: Math.max(0, desired + by) });
      return;
    }
    case 'terminate-in-group':
      await autoscaling('TerminateInstanceInAutoScalingGroup', {
        InstanceId: seed.instanceOf(happening.of),
        ShouldDecrementDesiredCapacity: happening.decrement,
      });
      return;
    case 'set-unhealthy':
      await autoscaling('SetInstanceHealth', { InstanceId: seed.instanceOf(happening.of), HealthStatus: 'Unhealthy' });
      return;
    case 'detach':
      await autoscaling('DetachInstances', {
        AutoScalingGroupName: seed.groupName(happening.of.group),
        InstanceIds: [seed.instanceOf(happening.of)],
        ShouldDecrementDesiredCapacity: true,
      });
      return;
    case 'spot': {
      const instance = instances.visible(seed.instanceOf(happening.of));
      if (instance.spot && instance.state === 'running') instances.interruptSpot(instance.instanceId);
      return;
    }
    case 'rebalance': {
      const instance = instances.visible(seed.instanceOf(happening.of));
      if (instance.spot && instance.state === 'running') instances.recommendRebalance(instance.instanceId);
      return;
    }
    case 'maintenance': {
      const ids = [...new Set(happening.of.map((one) => seed.instanceOf(one)))];
      const running = ids.filter((id) => instances.all.get(id)?.state === 'running');
      if (running.length > 0)
        instances.scheduleMaintenance(running, { startsInMs: happening.startsInSeconds * 1000, kind: happening.what });
      return;
    }
    case 'stop':
      await cloud.operate('ec2', 'StopInstances', { InstanceIds: [seed.instanceOf(happening.of)] });
      return;
    case 'terminate':
      await cloud.operate('ec2', 'TerminateInstances', { InstanceIds: [seed.instanceOf(happening.of)] });
      return;
    case 'retire-by-hand':
    case 'drain-by-hand': {
      const machine = happening.kind === 'retire-by-hand' ? 'NodeRetireMachine' : 'NodeDrainMachine';
      const instanceId = seed.instanceOf(happening.of);
      const nodeName = seed.nodeOf(instanceId)?.metadata.name ?? '';
      const named = happening.by === 'nodeName' && nodeName !== '' ? { nodeName } : { instanceId };
      seed.deployment.start(machine, {
        cluster: seed.cluster.name,
        ...named,
        ...(happening.plan && { plan: true }),
      });
      return;
    }
    case 'delete-group':
      await autoscaling('DeleteAutoScalingGroup', {
        AutoScalingGroupName: seed.groupName(happening.group),
        ForceDelete: true,
      });
      return;
    case 'press-stop': {
      const running = seed.deployment.executions(happening.machine).filter(({ run }) => !run.outcome);
      const chosen = running.at(-1);
      if (!chosen) return;
      trouble.stopped(chosen);
      await cloud.operate('states', 'StopExecution', { executionArn: chosen.arn, cause: 'a person pressed Stop' });
      return;
    }
    case 'somebody-answers-hook': {
      const group = cloud.fleet.groups.group(seed.groupName(happening.group));
      const waiting = [...group.members.values()].find(({ actions }) => actions.has('tender-terminate'));
      if (!waiting) return;
      await autoscaling('CompleteLifecycleAction', {
        AutoScalingGroupName: group.name,
        LifecycleHookName: 'tender-terminate',
        InstanceId: waiting.instanceId,
        LifecycleActionResult: happening.answer,
      });
      return;
    }
    case 'somebody-cordons': {
      const name = seed.nodeOf(seed.instanceOf(happening.of))?.metadata.name ?? '';
      seed.cluster.kubernetes.store.change('nodes', name, undefined, (node: ClusterNode) => {
        if (!node.spec.unschedulable) seed.cordonedByOthers.add(node.metadata.uid ?? '');
        node.spec = { ...node.spec, unschedulable: true };
      });
      return;
    }
    case 'node-silent':
      return whileItLasts('node', instances.impair(seed.instanceOf(happening.of)), happening.seconds);
    case 'kubelet-dies':
      instances.all.get(seed.instanceOf(happening.of))?.machine.systemctl('stop', 'kubelet');
      return;
    case 'kubelet-flaps': {
      const machine = instances.all.get(seed.instanceOf(happening.of))?.machine;
      return machine && whileItLasts('node', flapKubelet(machine), happening.seconds);
    }
    case 'hangs':
      if (instances.all.get(seed.instanceOf(happening.of))?.state === 'running')
        instances.hang(seed.instanceOf(happening.of), happening.cause);
      return;
    case 'latches': {
      const { condition: type, afterReboot } = happening;
      const name = seed.nodeOf(seed.instanceOf(happening.of))?.metadata.name;
      if (name !== undefined) seed.cluster.kubernetes.problems.latch(name, { type, afterReboot });
      return;
    }
    case 'zone-fails':
      return whileItLasts('node', instances.failZone(`${cloud.region}${happening.zone}`), happening.seconds);
    case 'api-server-down':
      seed.cluster.kubernetes.down(happening.how);
      return whileItLasts('kubernetes', () => seed.cluster.kubernetes.up(), happening.seconds);
    case 'service-down': {
      const lift = seed.world.faults.plant(isTenders(happening.service), faultOf(happening.how));
      return whileItLasts(happening.service, lift, happening.seconds);
    }
    case 'bad-call': {
      let seen = 0;
      const isMet = (call: ObservedCall) => {
        if (!call.mutating || call.functionName !== `${STACK}${happening.caller}`) return false;
        seen += 1;
        if (seen < happening.nth) return false;
        trouble.during(secondsLost(happening, seen - happening.nth), 'call', inputsOfThoseIn(seed, happening.caller));
        return true;
      };
      seed.world.faults.plant(isMet, { kind: happening.how }, happening.times);
      return;
    }
    case 'event': {
      const isAboutNode = ({ source }: { source: string }) => /^aws\.(autoscaling|ec2|health|states)$/.test(source);
      if (happening.how === 'double') cloud.events.doubleNext(isAboutNode, happening.seconds * 1000);
      else
        cloud.events.delayNext((event) => {
          if (!isAboutNode(event)) return false;
          trouble.during(happening.seconds, 'event', JSON.stringify(event));
          return true;
        }, happening.seconds * 1000);
      return;
    }
  }
}

/** The inputs of the executions that wait for a function now: the call is of one of them. Undefined where nobody can tell whose it is. */
function inputsOfThoseIn({ deployment }: SeedWorld, caller: string): string | undefined {
  const state = caller.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
  const waiting = deployment.cloud.states.executions().filter(({ run }) => {
    const entered = run.history.findLast((event) => event.stateEnteredEventDetails);
    return run.outcome === undefined && entered?.stateEnteredEventDetails?.name === state;
  });
  const inputs = waiting.map(({ run }) => run.inputText);
  return inputs.length > 0 && inputs.every(namesSomebody) ? inputs.join(' ') : undefined;
}

/** Until a call that went wrong is made again, at the latest. What EventBridge invokes is tried again by Lambda: a minute later, and two minutes after that. */
function secondsLost({ caller, how }: Happening & { readonly kind: 'bad-call' }, before: number): number {
  const dies = how === 'kill-before' || how === 'kill-after';
  if (caller === 'route-signal' && dies) return before === 0 ? 60 : 120;
  return how === 'hang' ? 45 : 20;
}

/** Calls of Tender's own functions and machines; people and instances are spared, so that what is planned can happen. */
function isTenders(service: string): (call: ObservedCall) => boolean {
  return (call) =>
    call.target === 'aws' &&
    call.service === service &&
    (call.functionName?.startsWith(STACK) === true ||
      ['CompleteLifecycleAction', 'RecordLifecycleActionHeartbeat'].includes(call.operation));
}

function faultOf(how: 'throttle' | 'unavailable' | 'lose-response'): Fault {
  if (how !== 'unavailable') return { kind: how };
  return { kind: 'error', code: 'ServiceUnavailable', message: 'Service is unavailable', status: 503 };
}
