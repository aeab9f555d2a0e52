import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everything } from './additions.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = ['build', 'cli', 'client', 'console', 'docs', 'functions', 'infra', 'lib', 'test/promises'];

let directory: string;
let told: {
  readonly lists: Readonly<
    Record<'kinds' | 'memberKinds' | 'parentKinds' | 'storageKinds', readonly string[]>
  >;
  readonly enumerations: readonly string[];
  readonly schemas: readonly string[];
  readonly spec: boolean;
  readonly events: readonly (readonly [type: string, isAsItsSchemaSays: boolean])[];
  readonly commands: readonly string[];
  readonly isInConsole: boolean;
  readonly plans: string;
  readonly targets: string;
  readonly planHelp: string;
};
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'taskport-gadget-'));
  for (const path of COPIED) cpSync(join(ROOT, path), join(directory, path), { recursive: true });
  for (const path of ['node_modules', 'package.json', 'tsconfig.json'])
    symlinkSync(join(ROOT, path), join(directory, path));
  for (const [path, text] of Object.entries(everything)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const program = ['--import', 'tsx', join(directory, 'test/promises/telling.ts')];
  told = JSON.parse(execFileSync(process.execPath, program, { cwd: directory, encoding: 'utf8' }));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a kind', () => {
  it('is among the kinds that its rules select', () => {
    const { kinds, memberKinds, parentKinds, storageKinds } = told.lists;
    expect([kinds, memberKinds, parentKinds].map((list) => list.includes('gadget'))).toEqual([
      true,
      true,
      true,
    ]);
    expect(storageKinds).not.toContain('gadget');
  });

  it('is in every enumeration of kinds in the document that its rules select', () => {
    const { kinds, memberKinds, storageKinds } = told.lists;
    const lists = [kinds, [...kinds, 'location'], memberKinds, storageKinds].map((list) => list.join());
    expect(told.enumerations.toSorted()).toEqual(lists.toSorted());
  });

  it('has a specification that is documented and validated', () => {
    expect(told.schemas).toContain('GadgetSpec');
    expect(told.spec).toBe(true);
  });

  it('has all its events in the catalogue, with the schema there', () => {
    const verbs = ['Created', 'Inherited', 'Modified', 'Deleted', 'Joined', 'Bound', 'Unbound', 'Left'];
    expect(told.events.toSorted()).toEqual(verbs.map((verb) => [`Gadget ${verb}`, true]).toSorted());
  });

  it('has commands, and a place in the console', () => {
    expect(told.commands).toContain('gadget');
    expect(told.isInConsole).toBe(true);
  });
});

describe('a target', () => {
  it('has a plan in the document, and a name in requests and in the command line', () => {
    expect(told.plans).toContain('"gadget":"#/components/schemas/GadgetPlan"');
    expect(told.targets).toContain('"gadget"');
    expect(told.planHelp).toContain('gadget (Gadget)');
  });
});
