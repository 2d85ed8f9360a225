import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goPrograms } from '../../../scripts/assets/go-build.ts';
import { builtVersion, controllerManagers, downloadedVersion, envtestArchives } from '../../../scripts/assets/pins.ts';

const assets = join(import.meta.dirname, '..', '..', '..', 'scripts', 'assets');
const goMod = (module: string) => readFile(join(assets, module, 'go.mod'), 'utf8');

describe('the pinned assets', () => {
  it('name the Kubernetes version that the Go module requires, and its staging modules of the same release', async () => {
    const text = await goMod('kubernetes');
    const [, minor, patch] = builtVersion.split('.');
    expect(text).toContain(`k8s.io/kubernetes v${builtVersion}`);
    const replaced = [...text.matchAll(/=> k8s\.io\/\S+ (\S+)/g)].map(([, version]) => version);
    expect(replaced.length).toBeGreaterThan(25);
    expect(new Set(replaced)).toEqual(new Set([`v0.${minor}.${patch}`]));
  });

  it('build only programs that their module declares as tools', async () => {
    for (const program of goPrograms) expect(await goMod(program.module)).toContain(program.package);
  });

  it('download from the version that they say, with a digest of the right length', () => {
    const length = { sha256: 64, sha512: 128 };
    for (const pin of [...Object.values(envtestArchives), ...Object.values(controllerManagers)]) {
      expect(pin.url).toContain(`v${downloadedVersion}`);
      expect(pin.digest).toMatch(new RegExp(`^[0-9a-f]{${length[pin.algorithm]}}$`));
    }
  });
});
