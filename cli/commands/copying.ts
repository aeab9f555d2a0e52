import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, moreOn } from './help.ts';

const PLACE = '<location>/<volume>:/<path>, a path of this machine, or - for an archive';

export const defineCopying = (program: Command, io: Io): void => {
  const cp = program
    .command('cp')
    .summary('copy files into a volume, or out of it')
    .description(
      'copy files into a volume, or out of it. If the destination is a directory, a copied directory goes into it; `<directory>/.` copies the files in the directory',
    )
    .argument('<from>', PLACE)
    .argument('<to>', PLACE)
    .option(
      '-a, --archive',
      'keep the owners of files; by default root owns them in a volume, and you on this machine',
    )
    .option('-L, --follow-link', 'copy the target of a link')
    .action(perform(io, async () => (await import('../actions/cp.ts')).copy));
  const lines = [
    'cp ./site volumes/www:/srv',
    'cp volumes/www:/srv/. ./site',
    'cp volumes/www:/srv - | tar -t',
    'cp - volumes/www:/ < site.tar',
  ];
  moreOn(examples(cp, ...lines), 'volumes');
};
