// What the JSON reports of vitest say. Beside a report may lie `<report>.again`: of the files that failed in it, run once more by themselves.
//
//   node .ci/reports.mjs failed <report> <output>   files with failures, one a line, from the folder it is called in; none where the output of
//                                                   that run tells of unhandled errors, which are in no report and nobody's whose file runs again
//   node .ci/reports.mjs totals <report>...         "N passed, N failed", after a line for each test that needed its second attempt
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [what, ...files] = process.argv.slice(2);

if (what === 'failed')
  process.stdout.write(
    (hasUnhandledErrors(files[1]) ? [] : failedFiles(read(files[0]))).map((file) => `${file}\n`).join(''),
  );
else if (what === 'totals') totals();
else throw new Error(`failed or totals, not ${what}`);

function totals() {
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    const first = read(file);
    const again = read(`${file}.again`);
    const passedAgain = new Set(named(again, 'passed'));
    const recovered = named(first, 'failed').filter((name) => passedAgain.has(name));
    for (const name of recovered) console.log(`PASSED AT THE SECOND ATTEMPT ONLY, by itself: ${name}`);
    passed += (first?.numPassedTests ?? 0) + recovered.length;
    // A run that was to leave a report and did not counts as one that failed; a file that could not even be loaded has no tests to count.
    const left = first ? first.numFailedTests - recovered.length : 1;
    const isGood = first?.success || (again?.success && left === 0);
    failed += left || (isGood ? 0 : 1);
  }
  console.log(`${passed} passed, ${failed} failed`);
}

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

function hasUnhandledErrors(output) {
  return existsSync(output) && /⎯ Unhandled Errors? ⎯/.test(readFileSync(output, 'utf8'));
}

function failedFiles(report) {
  const failing = (report?.testResults ?? []).filter(({ status }) => status === 'failed');
  return failing.map(({ name }) => relative(process.cwd(), name));
}

function named(report, status) {
  return (report?.testResults ?? []).flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter((test) => test.status === status)
      .map(({ fullName }) => `${relative(process.cwd(), name)} > ${fullName}`),
  );
}
