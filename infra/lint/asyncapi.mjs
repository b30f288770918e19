// Checks the AsyncAPI description with the official parser: node infra/lint/asyncapi.mjs docs/reference/asyncapi.yaml
// Exit code 1 when it has errors or warnings, 2 when it cannot be read.
import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const path = process.argv[2];
if (!path) {
  console.error('usage: node infra/lint/asyncapi.mjs FILE');
  process.exit(2);
}

let text;
try {
  text = await readFile(path, 'utf8');
} catch (problem) {
  console.error(`${path}: ${problem.message}`);
  process.exit(2);
}

const SEVERITIES = ['error', 'warning', 'information', 'hint'];
const { document, diagnostics } = await new Parser().parse(text, { source: path });
const serious = diagnostics.filter(({ severity }) => severity <= 1);
for (const { severity, range, message, path: where } of serious) {
  console.error(`${path}:${range.start.line + 1} ${SEVERITIES[severity]} ${message} (${where.join('.')})`);
}
if (!document || serious.length > 0) {
  process.exit(1);
}
console.log(`${path}: ${document.channels().length} channels, ${document.operations().length} operations, no problems`);
