/** A request on its way to the simulated AWS or a simulated Kubernetes API, as a fault rule sees it. */
export interface ObservedCall {
  readonly target: 'aws' | 'kubernetes';
  /** IAM prefix of the service (`ec2`, `autoscaling`), or the cluster's name for Kubernetes. */
  readonly service: string;
  /** SDK operation (`DescribeInstances`), or verb and resource for Kubernetes (`create certificatesigningrequests/approval`). */
  readonly operation: string;
  /** Whether the call changes anything. */
  readonly mutating: boolean;
  /** The Lambda function that makes the call, when one does. */
  readonly functionName?: string;
  /** Which call of this invocation it is, from 1, when a Lambda function makes it. */
  readonly ordinal?: number;
}

/** What goes wrong. */
export type Fault =
  /** The service answers with this error and does nothing. */
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly status: number }
  /** The service answers as it does when its token bucket is empty, and does nothing. */
  | { readonly kind: 'throttle' }
  /** The service does it, then the connection breaks before the answer. */
  | { readonly kind: 'lose-response' }
  /** No answer ever comes; nothing is done. */
  | { readonly kind: 'hang' }
  /** Connection refused. */
  | { readonly kind: 'refuse' }
  /** The Lambda that makes the call dies before the call is made. */
  | { readonly kind: 'kill-before' }
  /** The Lambda that makes the call dies after the call took effect. */
  | { readonly kind: 'kill-after' };

interface Rule {
  readonly when: (call: ObservedCall) => boolean;
  readonly fault: Fault;
  left: number;
}

/** The faults that are planted in a world. The first rule that fits a call and is not used up decides. */
export class Faults {
  readonly #rules = new Set<Rule>();

  /** Plants a fault for the next `times` fitting calls (default: all); returns how to lift it. */
  plant(when: (call: ObservedCall) => boolean, fault: Fault, times = Number.POSITIVE_INFINITY): () => void {
    const rule: Rule = { when, fault, left: times };
    this.#rules.add(rule);
    return () => this.#rules.delete(rule);
  }

  /** The fault that this call meets, if any; uses it up once. */
  meet(call: ObservedCall): Fault | undefined {
    for (const rule of this.#rules) {
      if (rule.left > 0 && rule.when(call)) {
        rule.left -= 1;
        return rule.fault;
      }
    }
    return undefined;
  }
}
