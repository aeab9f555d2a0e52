import type { Command } from 'commander';
import { anyKind } from '../../lib/kind/index.ts';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';

export const defineLocations = (program: Command, io: Io): void => {
  const location = program.command('location').description('where elements of one kind are kept');
  location
    .command('create')
    .description('add a location')
    .argument('<name>')
    .option('--kind <kind>', `${anyKind()}; needed`)
    .option('--policy <policy>', 'read-write, create-only or read-only')
    .option('--nfs <server:path>', 'an NFS export that keeps its volumes')
    .option('--capacity <KiB>', 'how much it keeps')
    .option('--indexed <keys...>', 'keys that lists are filtered by, such as `ro.os`')
    .option('--grants <file>', 'who may do what there: JSON; - for standard input')
    .option('--owner <principal>', 'who manages it; you unless you say otherwise')
    .option('--allow <file>', 'what tasks there may ask for: JSON; - for standard input; of executors')
    .action(perform(io, ({ createLocation }) => createLocation));
  location
    .command('list')
    .description('the locations that you may see')
    .action(perform(io, ({ listLocations }) => listLocations));
  location
    .command('show')
    .description('one location')
    .argument('<name>')
    .action(perform(io, ({ showLocation }) => showLocation));
  location
    .command('update')
    .description('change a policy, a capacity, grants, the owner or what tasks may ask for')
    .argument('<name>')
    .option('--policy <policy>', 'read-write, create-only or read-only')
    .option('--capacity <KiB>', 'how much it keeps')
    .option('--grants <file>', 'who may do what there: JSON; - for standard input')
    .option('--owner <principal>', 'hand it on: the owner manages it whatever the grants say')
    .option('--allow <file>', 'what tasks there may ask for: JSON; - for standard input; of executors')
    .option('--open', 'take all grants away: everybody may do everything but manage it')
    .option('--if-match <etag>', 'only if it still is as this tag says, which `show` tells')
    .action(perform(io, ({ updateLocation }) => updateLocation));
  location
    .command('delete')
    .description('delete an empty location; it is gone some minutes later')
    .argument('<name>')
    .option('--dry-run', 'say what would be deleted, and what forbids it: exit code 1 where something does')
    .action(perform(io, ({ deleteLocation }) => deleteLocation));
};
