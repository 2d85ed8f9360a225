/** Names that in-place updates read and write on nodes and groups; the table for people is docs/tags-and-labels.md. */

// Those of the Flatcar update operator: github.com/flatcar/flatcar-linux-update-operator, pkg/constants.

/** Annotation, and label: its agent wants a reboot. The agent says so, and takes it back when it starts. */
export const rebootNeeded = 'flatcar-linux-update.v1.flatcar-linux.net/reboot-needed';

/** Annotation: its agent has begun to reboot. */
export const rebootInProgress = 'flatcar-linux-update.v1.flatcar-linux.net/reboot-in-progress';

/** Annotation: the coordinator gives leave to reboot, and takes it back afterwards. The agent waits for both. */
export const rebootOk = 'flatcar-linux-update.v1.flatcar-linux.net/reboot-ok';

/** Annotation: somebody wants no reboot of this node. */
export const rebootPaused = 'flatcar-linux-update.v1.flatcar-linux.net/reboot-paused';

/** Annotation: which version the agent would boot. */
export const newVersion = 'flatcar-linux-update.v1.flatcar-linux.net/new-version';

/** Label: checks before the reboot may run. The coordinator's. */
export const beforeReboot = 'flatcar-linux-update.v1.flatcar-linux.net/before-reboot';

/** Label: checks after the reboot may run. The coordinator's. */
export const afterReboot = 'flatcar-linux-update.v1.flatcar-linux.net/after-reboot';

/** Annotation: which execution reboots the node, how, from which boot, and how far it has come. */
export const rebootMark = 'tender.sh/reboot';

/** Which execution has emptied the node. */
export const ownerAnnotation = 'tender.sh/owner';

/** A Node that is left alone: a time until, ISO 8601, or `true`. */
export const pausedAnnotation = 'tender.sh/paused';

/** The same on an Auto Scaling group. */
export const pausedTag = 'tender:paused';

/** By these Tender finds what it looks after (S7). */
export const clusterTag = 'tender:cluster';
export const roleTag = 'tender:role';
