/** An operating system that a machine can boot. */
export interface Release {
  /** `4459.2.1`. */
  readonly version: string;
  /** As a kubelet tells of it. */
  readonly osImage: string;
  readonly kernelVersion: string;
}

/**
 * What a machine boots: the release that runs, the one that is installed beside it and runs after the next boot, and the one that a server has for it. Flatcar's two
 * partitions and update_engine, or a distribution whose new kernel waits for a reboot.
 */
export class OperatingSystem {
  /** What the update server has; update_engine installs it when it is told to. */
  available: Release | undefined;
  #running: Release | undefined;
  #installed: Release | undefined;
  #doesNotBoot = false;
  readonly #listeners = new Set<() => void>();

  /** What runs; undefined: what the machine's program brings. */
  get running(): Release | undefined {
    return this.#running;
  }

  /** What runs after the next boot. */
  get installed(): Release | undefined {
    return this.#installed;
  }

  /** As `update_engine_client -status` says it. */
  get operation(): 'UPDATE_STATUS_IDLE' | 'UPDATE_STATUS_UPDATED_NEED_REBOOT' {
    return this.#installed ? 'UPDATE_STATUS_UPDATED_NEED_REBOOT' : 'UPDATE_STATUS_IDLE';
  }

  /** Installs a release; one that does not boot is left by the boot loader, which starts the old one again. */
  install(release: Release, { boots = true }: { readonly boots?: boolean } = {}): void {
    this.#installed = release;
    this.#doesNotBoot = !boots;
    this.available = undefined;
    for (const listener of this.#listeners) listener();
  }

  /** The machine boots. */
  booted(): void {
    if (this.#installed && !this.#doesNotBoot) this.#running = this.#installed;
    this.#installed = undefined;
    this.#doesNotBoot = false;
  }

  /** Calls the listener each time that something was installed. */
  onInstalled(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
