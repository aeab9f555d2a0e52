/** A runner in a process of its own, to be killed: starts the plan of a file and says `started`. */
import { readFileSync } from 'node:fs';
import { MAIN, Machine, offer } from './machine.ts';

const [directory = '', document = '', ...layers] = process.argv.slice(2);
for (const layer of layers) {
  const [id = '', path = ''] = layer.split('=');
  offer(id, readFileSync(path));
}
const machine = new Machine({ directory });
await machine.start(JSON.parse(readFileSync(document, 'utf8')), MAIN);
console.log('started');
