/** What every simulated node says of its software, unless told otherwise. */
export const NODE_IMAGE = {
  version: 'v1.36.2',
  osImage: 'Flatcar Container Linux by Kinvolk 4459.2.0 (Oklo)',
  kernelVersion: '6.12.58-flatcar',
  architecture: 'arm64',
} as const;

/** kube-proxy's health port and the NodePort range: open while a node is Ready. */
export const SERVICE_PORTS: readonly (number | { readonly from: number; readonly to: number })[] = [
  10256,
  { from: 30000, to: 32767 },
];
