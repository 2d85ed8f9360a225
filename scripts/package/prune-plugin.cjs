// After each deploy, and with `npx serverless prune-versions`: removes the versions of functions that were replaced long ago and that nothing needs (S47).
// At deploy because only then new ones come, and whoever deploys has the right: a schedule would need a function, a role and a rule of its own.
module.exports = class PruneVersions {
  constructor(serverless, options, { log, writeText }) {
    this.commands = {
      'prune-versions': {
        usage: 'Removes versions of functions that were replaced long ago and that nothing needs',
        lifecycleEvents: ['prune'],
        options: {
          'dry-run': { usage: 'Say which, and remove none', type: 'boolean' },
          'keep-days': {
            usage: 'How long after they were replaced versions are kept (default 21, at least 7)',
            type: 'string',
          },
        },
      },
    };
    const prune = async (how) => {
      const { pruneStack } = await import('./prune-stack.ts');
      const provider = serverless.getProvider('aws');
      return pruneStack(await provider.getAwsSdkV3Config(), provider.naming.getStackName(), how);
    };
    this.hooks = {
      'after:deploy:deploy': async () => {
        try {
          for (const line of await prune({})) log.notice(line);
        } catch (error) {
          // The deployment is there all the same, and the next one prunes.
          log.warning(`old versions of functions are not pruned: ${error.message}`);
        }
      },
      'prune-versions:prune': async () => {
        const { 'dry-run': dryRun, 'keep-days': days } = options;
        const lines = await prune({ dryRun, ...(days !== undefined && { keepDays: Number(days) }) });
        writeText(lines.length > 0 ? lines : 'no version of a function is old enough to go');
      },
    };
  }
};
