import { expect, test } from 'vitest';
import { documentScripts } from '../../../scripts/check/document-scripts.ts';

test('finds each script of a document, and the line on which it begins', () => {
  const document = `schemaVersion: '2.2'
mainSteps:
  - action: aws:runShellScript
    name: first
    inputs:
      runCommand:
        - |
          #!/bin/sh
          echo '{{ what }}'
  - action: aws:runShellScript
    name: second
    inputs:
      runCommand:
        - |
          #!/bin/sh
          true
`;

  expect(documentScripts(document)).toEqual([
    { name: 'first', line: 8, script: "#!/bin/sh\necho '{{ what }}'\n" },
    { name: 'second', line: 15, script: '#!/bin/sh\ntrue\n' },
  ]);
});
