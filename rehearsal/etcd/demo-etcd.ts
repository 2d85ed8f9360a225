import { generateKeyPairSync } from 'node:crypto';
import type { Machine } from '../../simulator/instances/machine.ts';
import type { DemoCluster } from '../demo-cluster.ts';
import { driven } from '../local-deployment.ts';
import { EtcdMembers, placeForEtcd } from './etcd-members.ts';
import type { EtcdRelease } from './etcd-programs.ts';
import { clusterPkiOf, mirrorObjects } from './mirror-objects.ts';
import { toolsOnly } from './tools-only.ts';

const SIZE = 3;
/** Members of instances that come later; their addresses have to be in the registry before they do. */
const SPARE = 1;
const REGISTRY_ENTRY = '/tender/clusters/demo';

/** A member, the instance that it stands for, and how it is. */
export interface DemoMember {
  readonly name: string;
  readonly instanceId: string;
  readonly role: 'leader' | 'follower' | 'down';
}

/** A real etcd below the demonstration's control plane: a process of this machine for each of its instances. */
export class DemoEtcd {
  /** Where functions find etcd's programs, as in a layer. */
  readonly programs: string;
  readonly #members: EtcdMembers;
  readonly #instances = new Map<string, string>();
  readonly #waiting: string[] = [];
  /** How many objects of the cluster were put into it. */
  objects = 0;

  private constructor(members: EtcdMembers, programs: string) {
    this.#members = members;
    this.programs = programs;
  }

  /** Makes a place for it; nothing runs yet, since the instances have no addresses. */
  static async prepare(release: EtcdRelease): Promise<DemoEtcd> {
    const place = await placeForEtcd(release, { size: SIZE });
    return new DemoEtcd(new EtcdMembers(place), await toolsOnly(release, place.directory));
  }

  /** Starts a member for each of the control plane's instances, fills them, and tells Tender of them, as a person would. */
  async start(cluster: DemoCluster, controlPlane: readonly Machine[]): Promise<void> {
    const { cloud } = cluster.deployment;
    controlPlane.slice(0, SIZE).forEach(({ instanceId, privateIpAddress }, index) => {
      this.#members.standsFor(`m${index + 1}`, privateIpAddress);
      this.#instances.set(`m${index + 1}`, instanceId);
    });
    await EtcdMembers.begun(this.#members);
    const pki = { ...clusterPkiOf(cluster.kubernetes), ...serviceAccountKeys(), ...etcdAuthority(this.#members) };
    for (const machine of controlPlane)
      for (const [name, text] of Object.entries(pki)) machine.writeFile(`/etc/kubernetes/pki/${name}`, text);
    this.objects = await mirrorObjects(cluster.kubernetes, this.#members.door());
    for (let count = 0; count < SPARE; count += 1) this.#waiting.push((await this.#members.prepareMember()).name);
    for (const url of this.#members.urls) cloud.network.admitRealServer(new URL(url).host);
    await driven(cloud, () => this.#register(cluster));
  }

  /** Writes into the registry how etcd is reached, and that control-plane nodes join by kubeadm. */
  async #register(cluster: DemoCluster): Promise<void> {
    const { cloud } = cluster.deployment;
    const secret = { Name: `tender/${cluster.name}-etcd`, SecretString: this.#members.secret };
    const { ARN } = await cloud.operate<{ ARN: string }>('secretsmanager', 'CreateSecret', secret);
    const { Parameter } = await cloud.operate<{ Parameter: { Value: string } }>('ssm', 'GetParameter', {
      Name: REGISTRY_ENTRY,
    });
    const entry = JSON.parse(Parameter.Value) as { readonly join?: object; readonly schedules?: object };
    const described = {
      ...entry,
      // The clock leaps until etcd has its turn, and afterwards every quarter of an hour would be twice a minute.
      schedules: { ...entry.schedules, etcdSnapshotMinutes: 1440 },
      join: { ...entry.join, controlPlane: 'kubeadm' },
      etcd: { secretArn: ARN, endpoints: this.#members.urls },
    };
    const Value = JSON.stringify(described);
    await cloud.operate('ssm', 'PutParameter', { Name: REGISTRY_ENTRY, Type: 'String', Overwrite: true, Value });
  }

  /** What `kubeadm join` does about etcd on a new instance of the control plane. @throws Error when nobody waits for one */
  async join({ instanceId, privateIpAddress }: Machine): Promise<void> {
    const name = this.#waiting.shift();
    if (name === undefined) throw new Error('there is no member of etcd for a further instance');
    this.#members.standsFor(name, privateIpAddress);
    this.#instances.set(name, instanceId);
    await this.#members.join(name);
  }

  /** A follower's machine is gone, and its process with it; gives the instance, which somebody has to terminate. */
  async loseFollower(): Promise<{ readonly name: string; readonly instanceId: string }> {
    const name = (await this.members()).find(({ role }) => role === 'follower')?.name ?? '';
    await this.#members.kill(name);
    return { name, instanceId: this.#instances.get(name) ?? '' };
  }

  /** The members, and who leads. */
  async members(): Promise<readonly DemoMember[]> {
    const names = [...this.#instances.keys()];
    return Promise.all(
      names.map(async (name) => {
        const status = await this.#members
          .door(name)
          .status()
          .catch(() => undefined);
        const leads = status !== undefined && status.memberId === status.leaderId;
        const role = status === undefined ? 'down' : leads ? 'leader' : 'follower';
        return { name, instanceId: this.#instances.get(name) ?? '', role } as const;
      }),
    );
  }

  /** How many vote, and how many objects are in it, by a member that answers. */
  async count(): Promise<{ readonly voters: number; readonly objects: number }> {
    const { leader } = await this.#leader();
    const door = this.#members.door(leader);
    return { voters: await door.voters(), objects: await door.count('/registry/') };
  }

  get version(): string {
    return this.#members.release.version;
  }

  stop(): Promise<void> {
    return this.#members.stop();
  }

  async #leader(): Promise<{ readonly leader: string }> {
    const members = await this.members();
    const leader = members.find(({ role }) => role === 'leader')?.name;
    if (leader === undefined) throw new Error('no member of etcd leads');
    return { leader };
  }
}

function etcdAuthority({ ca }: EtcdMembers): Readonly<Record<string, string>> {
  return { 'etcd/ca.crt': ca.certificate, 'etcd/ca.key': ca.key };
}

function serviceAccountKeys(): Readonly<Record<string, string>> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { 'sa.pub': publicKey, 'sa.key': privateKey };
}
