import { newBootstrapToken } from './bootstrap-token.ts';
import { AutoApproveBindingFound, CertificateKeyMissing, InstanceNotVisible } from './errors.ts';
import { joinConfiguration, tokenOf } from './join-configuration.ts';
import {
  bootstrapGroup,
  certificateKeyName,
  clusterTag,
  controlPlaneBootstrapGroup,
  instanceArnTag,
  joinParameterName,
} from './names.ts';
import type {
  AutoApproveBindings,
  BootstrapTokens,
  Instances,
  JoinParameters,
  JoinPolicy,
  NewBootstrapToken,
  RandomText,
  Role,
} from './ports.ts';

interface OfferPorts {
  readonly instances: Instances;
  readonly tokens: BootstrapTokens;
  readonly parameters: JoinParameters;
  readonly bindings: AutoApproveBindings;
  readonly randomText: RandomText;
}

/**
 * Mints the instance's bootstrap token and writes its join configuration to its own SecureString parameter. Only the token's *id* leaves
 * this step.
 *
 * One step, because the secret may travel through no execution history, and because Tender's Kubernetes identity may not read Secrets.
 * Can run again, and beside itself: the parameter is the commit point. When it exists, its token becomes the Secret; when it does not, nobody can
 * have used the token yet, and a Secret that an interrupted run left is replaced. Whoever finds the parameter written in between starts over.
 * A control-plane instance gets the key of the certificates that were prepared for it; the parameter that it came in goes.
 * @throws AutoApproveBindingFound before anything is minted (S38); CertificateKeyMissing; InstanceNotVisible.
 */
export async function offerJoin(
  input: { instanceId: string; role: Role; execution: string },
  ports: OfferPorts,
  policy: JoinPolicy,
  now: Date,
): Promise<{ tokenId: string; parameterName: string }> {
  const { instanceId, role, execution } = input;
  const { instances, tokens, parameters, bindings, randomText } = ports;
  await refuseAutoApproval(bindings, policy.name);
  const instance = (await instances.describe([instanceId])).get(instanceId);
  if (!instance) throw new InstanceNotVisible(instanceId);

  const parameterName = joinParameterName(policy.name, instanceId);
  const controlPlane = role === 'control-plane';
  const of = { cluster: policy.name, instanceId, execution, ttlSeconds: policy.join.tokenTtlSeconds, controlPlane };
  const fresh = newBootstrapToken(of, now, randomText);
  const token = (await tokenAlreadyOffered(parameters, parameterName, fresh)) ?? fresh;
  await replaceToken(tokens, token);
  if (token === fresh) {
    const certificateKey = controlPlane ? await keyOf(policy.name, instanceId, parameters) : undefined;
    const text = joinConfiguration(policy, role, instance, fresh, certificateKey);
    const tags = { [clusterTag]: policy.name, [instanceArnTag]: instance.arn };
    if ((await parameters.create(parameterName, text, tags)) === 'exists') return offerJoin(input, ports, policy, now);
  }
  if (controlPlane) await parameters.delete(certificateKeyName(policy.name, instanceId));
  return { tokenId: token.id, parameterName };
}

async function keyOf(cluster: string, instanceId: string, parameters: JoinParameters): Promise<string> {
  const key = await parameters.read(certificateKeyName(cluster, instanceId));
  if (key === undefined) throw new CertificateKeyMissing(instanceId);
  return key;
}

/** The token of this execution that the parameter already holds. A parameter of an earlier execution is removed: its token is swept or spent. */
async function tokenAlreadyOffered(
  parameters: JoinParameters,
  parameterName: string,
  fresh: NewBootstrapToken,
): Promise<NewBootstrapToken | undefined> {
  const text = await parameters.read(parameterName);
  if (text === undefined) return undefined;
  const offered = tokenOf(text);
  if (offered?.id === fresh.id) return { ...fresh, secret: offered.secret };
  await parameters.delete(parameterName);
  return undefined;
}

async function replaceToken(tokens: BootstrapTokens, token: NewBootstrapToken): Promise<void> {
  if ((await tokens.create(token)) === 'created') return;
  await tokens.delete(token.id);
  await tokens.create(token);
}

async function refuseAutoApproval(bindings: AutoApproveBindings, cluster: string): Promise<void> {
  // Whoever shows one of our tokens is in these groups.
  const ours = new Set(
    [bootstrapGroup, controlPlaneBootstrapGroup, 'system:bootstrappers', 'system:authenticated'].map(
      (group) => `Group ${group}`,
    ),
  );
  const offending = (await bindings.list()).filter((binding) => binding.groups.some((group) => ours.has(group)));
  if (offending.length > 0) {
    throw new AutoApproveBindingFound(
      cluster,
      offending.map((binding) => `${binding.binding} (ClusterRole ${binding.clusterRole})`),
    );
  }
}
