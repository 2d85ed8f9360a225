import { load } from 'js-yaml';

/** A script inside an SSM document. */
export interface DocumentScript {
  /** Of its step. */
  readonly name: string;
  /** Where it begins in the document, from 1. */
  readonly line: number;
  readonly script: string;
}

interface CommandDocument {
  readonly mainSteps: readonly { readonly name: string; readonly inputs: { readonly runCommand: readonly string[] } }[];
}

/** The scripts that an SSM document runs, with the lines on which they begin. Placeholders of parameters stay as they are. */
export function documentScripts(text: string): readonly DocumentScript[] {
  const lines = text.split('\n').map((line) => line.trim());
  let from = 0;
  return (load(text) as CommandDocument).mainSteps.map(({ name, inputs }) => {
    const script = inputs.runCommand.join('\n');
    const [first = ''] = script.split('\n', 1);
    from = lines.indexOf(first.trim(), from) + 1;
    return { name, line: from, script };
  });
}
