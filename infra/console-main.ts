/** Bundles the console into the directory that is named: what `npm ci` does for `npm start`. */
import { bundleConsole } from './console-bundle.ts';

bundleConsole(process.argv[2] ?? 'dist/console');
