import type { RetireSignal, RetiringGroup } from './retire-ports.ts';

/**
 * What a person is told of a retirement by choice whose group keeps its desired capacity, so that a replacement comes, and launches none. Empty where one comes, or has come.
 * For the process Launch: docs.aws.amazon.com/autoscaling/ec2/userguide/understand-how-suspending-processes-affects-other-processes.html
 */
export function whyUnreplaced(
  { signal, replaced = false }: { readonly signal: RetireSignal; readonly replaced?: boolean | undefined },
  group: RetiringGroup | undefined,
): string {
  // An update sees to its group's capacity itself.
  if (!group?.launchesNobody || replaced || signal === 'update') return '';
  return (
    `the process Launch of group ${group.name} is suspended: nobody comes in its place until it is resumed ` +
    `(aws autoscaling resume-processes --auto-scaling-group-name ${group.name} --scaling-processes Launch)`
  );
}
