/** A file of an official release, and what it must hash to. */
export interface PinnedFile {
  readonly url: string;
  readonly algorithm: 'sha256' | 'sha512';
  /** Hexadecimal. */
  readonly digest: string;
}

/** The Kubernetes version of the release downloads: the newest 1.36 for which controller-tools publishes envtest archives. */
export const downloadedVersion = '1.36.2';

/** The Kubernetes version that the Go toolchain builds; equals the `require` of scripts/assets/kubernetes/go.mod (a test compares). */
export const builtVersion = '1.36.3';

const envtest = `https://github.com/kubernetes-sigs/controller-tools/releases/download/envtest-v${downloadedVersion}`;

/** Archives with etcd, kube-apiserver and kubectl, by platform. */
export const envtestArchives: Readonly<Record<string, PinnedFile>> = {
  'linux-amd64': {
    url: `${envtest}/envtest-v${downloadedVersion}-linux-amd64.tar.gz`,
    algorithm: 'sha512',
    digest:
      'ea743186c8a799f5cf8faf16969f86189d003cb7d130e0ac4b58789f1e5748dcf30ebe91c837a10d5ac415383da3e10b9e64d65785c938c23e739781cfb76f08',
  },
  'linux-arm64': {
    url: `${envtest}/envtest-v${downloadedVersion}-linux-arm64.tar.gz`,
    algorithm: 'sha512',
    digest:
      '2d72ee985a8e262a3c57dc9f7f0fd891f6a8c7bf7ebaa2db6dc6d8eac8ae28181afe51c1f368b67756cdb40b10de9b205609e1726e5f27f7c6d824dd9c6649ac',
  },
  'darwin-arm64': {
    url: `${envtest}/envtest-v${downloadedVersion}-darwin-arm64.tar.gz`,
    algorithm: 'sha512',
    digest:
      '9278f9e5af556b2f1f2d139769c1f0d717c7b4426917fdebdba898bcb725a916e4910d6160886194ff9be9589ea7c5c32c2b8ae0754703874b7c8ba8ddfc41ce',
  },
};

/** envtest ships no controller-manager; Kubernetes publishes one for Linux. Platforms that are missing here run without. */
export const controllerManagers: Readonly<Record<string, PinnedFile>> = {
  'linux-amd64': {
    url: `https://dl.k8s.io/release/v${downloadedVersion}/bin/linux/amd64/kube-controller-manager`,
    algorithm: 'sha256',
    digest: '6332e45474baf6362f50394d8f7c6002274db04d68fe51dbe2229ef5c0b21e3c',
  },
};
