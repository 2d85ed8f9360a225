/**
 * The key of a label, taint or annotation: an optional DNS prefix, then a name.
 * kubernetes.io/docs/concepts/overview/working-with-objects/labels
 */
export const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
