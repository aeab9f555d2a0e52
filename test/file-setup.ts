/** Runs before each file of a project that has engines. */
import { afterAll } from 'vitest';
import { endFile } from './endings.ts';

afterAll(endFile);
