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
      'copy files into a volume, or out of it. A directory goes into the directory of the other side that is there; `<directory>/.` means the files in it',
    )
    .argument('<from>', PLACE)
    .argument('<to>', PLACE)
    .option(
      '-a, --archive',
      'owners as they are; otherwise they are root in a volume, and you on this machine',
    )
    .option('-L, --follow-link', 'of a link, what it leads to')
    .action(perform(io, async () => (await import('../actions/cp.ts')).copy));
  const lines = [
    'cp ./site volumes/www:/srv',
    'cp volumes/www:/srv/. ./site',
    'cp volumes/www:/srv - | tar -t',
    'cp - volumes/www:/ < site.tar',
  ];
  moreOn(examples(cp, ...lines), 'volumes');
};
