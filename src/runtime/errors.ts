/** When a function is called with something other than its schema allows. Retrying cannot help: the caller is wrong. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  /** One sentence per problem, with the path of the field; never a value. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The input is not what this step takes:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** When a step returned something other than it promises. A bug in the step; the work itself may have been done. */
export class InvalidOutput extends Error {
  override readonly name = 'InvalidOutput';
  /** One sentence per problem, with the path of the field; never a value. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The step returned what it does not promise:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** When a function lacks a setting that its deployment should have given it. */
export class SettingMissing extends Error {
  override readonly name = 'SettingMissing';

  constructor(variable: string) {
    super(
      `The environment variable ${variable} is not set on this function. Give it in serverless.yml and deploy again.`,
    );
  }
}
