import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { doctorTable } from '../src/doctor/checks-table.ts';

const page = resolve(import.meta.dirname, '..', 'docs', 'doctor.md');
const BEGIN = '<!-- checks: node scripts/run.mjs scripts/write-doctor-table.ts -->';

const [before] = readFileSync(page, 'utf8').split(BEGIN);
writeFileSync(page, `${before}${BEGIN}\n\n${doctorTable()}\n`);
