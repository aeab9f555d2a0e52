import type { Command } from 'commander';
import { anyKind } from '../../lib/kind/index.ts';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examplesOf, moreOn } from './help.ts';

export const defineLocations = (program: Command, io: Io): void => {
  const location = moreOn(
    program.command('location').description('where elements of one kind are kept'),
    'concepts',
  );
  location
    .command('create')
    .description('add a location')
    .argument('<name>')
    .option('--kind <kind>', `${anyKind()}; needed`)
    .option('--policy <policy>', 'read-write, create-only or read-only')
    .option('--nfs <server:path>', 'an NFS export that keeps its volumes')
    .option('--capacity <KiB>', 'how much it keeps')
    .option('--indexed <keys...>', 'keys that lists are filtered by, such as `ro.os`')
    .option('--grants <json>', 'who may do what there: JSON, a file of it, or -')
    .option('--owner <principal>', 'who manages it; you unless you say otherwise')
    .option('--allow <json>', 'what tasks there may ask for: JSON, a file of it, or -; of executors')
    .addHelpText(
      'after',
      examplesOf(
        'location create images --kind image --indexed ro.os',
        'location create machines --kind executor --allow \'{"capabilities": ["NET_ADMIN"]}\'',
        'location create shares --kind volume --nfs files.example.com:/exports/shares',
      ),
    )
    .action(perform(io, ({ createLocation }) => createLocation));
  location
    .command('list')
    .alias('ls')
    .description('the locations that you may see')
    .addHelpText('after', examplesOf('location list --output wide'))
    .action(perform(io, ({ listLocations }) => listLocations));
  location
    .command('show')
    .description('one location')
    .argument('<name>')
    .addHelpText('after', examplesOf('location show images'))
    .action(perform(io, ({ showLocation }) => showLocation));
  location
    .command('update')
    .description('change a policy, a capacity, grants, the owner or what tasks may ask for')
    .argument('<name>')
    .option('--policy <policy>', 'read-write, create-only or read-only')
    .option('--capacity <KiB>', 'how much it keeps')
    .option('--grants <json>', 'who may do what there: JSON, a file of it, or -')
    .option('--owner <principal>', 'hand it on: the owner manages it whatever the grants say')
    .option('--allow <json>', 'what tasks there may ask for: JSON, a file of it, or -; of executors')
    .option('--open', 'take all grants away: everybody may do everything but manage it')
    .option('--if-match <etag>', 'only if it still is as this tag says, which `show` tells')
    .addHelpText(
      'after',
      examplesOf('location update images --policy read-only', 'location update images --grants grants.json'),
    )
    .action(perform(io, ({ updateLocation }) => updateLocation));
  location
    .command('delete')
    .alias('rm')
    .description('delete empty locations; they are gone some minutes later')
    .argument('<name...>')
    .option('--dry-run', 'say what would be deleted, and what forbids it: exit code 1 where something does')
    .addHelpText('after', examplesOf('location delete images volumes --dry-run'))
    .action(perform(io, ({ deleteLocations }) => deleteLocations));
};
