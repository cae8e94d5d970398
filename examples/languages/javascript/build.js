// Makes renderer.js a component: `node build.js [OUTPUT]`.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentize } from '@bytecodealliance/componentize-js';

const here = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2] ?? join(here, 'build/plugin.wasm');
// The interface: a copy beside this file, or the repository's own.
const witPath = ['wit', '../../../wit/0.2'].map((path) => join(here, path)).find(existsSync);

const { component, imports } = await componentize({
  sourcePath: join(here, 'renderer.js'),
  witPath,
  worldName: 'renderer',
  // What is left imports nothing but Tillbell's own: the host refuses any other import.
  disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
});
await mkdir(dirname(output), { recursive: true });
await writeFile(output, component);
console.log(`${output}: ${component.length} bytes, imports ${imports.map(String).join(' ') || 'nothing'}`);
