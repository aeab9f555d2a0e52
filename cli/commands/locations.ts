import type { Command } from 'commander';
import { anyKind } from '../../lib/kind/index.ts';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examplesOf, moreOn } from './help.ts';

export const defineLocations = (program: Command, io: Io): void => {
  const location = moreOn(
    program
      .command('location')
      .description('create and manage locations, each of which keeps elements of one kind'),
    'concepts',
  );
  location
    .command('create')
    .description('add a location')
    .argument('<name>')
    .option('--kind <kind>', `${anyKind()}; required`)
    .option('--policy <policy>', 'read-write, create-only or read-only')
    .option('--nfs <server:path>', 'an NFS export that keeps its volumes')
    .option('--capacity <size>', 'the total size of the data that it may keep: KiB, or a size such as 2g')
    .option('--indexed <keys...>', 'metadata keys by which `list` can filter, such as `ro.os`')
    .option('--grants <json>', 'who may do what in this location: JSON, a file, or -')
    .option('--owner <principal>', 'the principal that manages it; the default is you')
    .option(
      '--allow <json>',
      'for executors: the privileges that their tasks may request: JSON, a file, or -',
    )
    .option(
      '--engine <engine>',
      'for executors: the engine of the deployment that runs their tasks, such as `fargate`',
    )
    .addHelpText(
      'after',
      examplesOf(
        'location create images --kind image --indexed ro.os',
        'location create machines --kind executor --allow \'{"capabilities": ["NET_ADMIN"]}\'',
        'location create cloud --kind executor --engine fargate',
        'location create shares --kind volume --nfs files.example.com:/exports/shares',
      ),
    )
    .action(perform(io, ({ createLocation }) => createLocation));
  location
    .command('list')
    .alias('ls')
    .description('list the locations that you may see')
    .addHelpText('after', examplesOf('location list --output wide'))
    .action(perform(io, ({ listLocations }) => listLocations));
  location
    .command('show')
    .description('print one location')
    .argument('<name>')
    .addHelpText('after', examplesOf('location show images'))
    .action(perform(io, ({ showLocation }) => showLocation));
  location
    .command('update')
    .description(
      'change the policy, the capacity, the grants, the owner or the privileges that tasks may request',
    )
    .argument('<name>')
    .option('--policy <policy>', 'read-write, create-only or read-only')
    .option('--capacity <size>', 'the total size of the data that it may keep: KiB, or a size such as 2g')
    .option('--grants <json>', 'who may do what in this location: JSON, a file, or -')
    .option('--owner <principal>', 'the new owner, who manages the location whatever the grants say')
    .option(
      '--allow <json>',
      'for executors: the privileges that their tasks may request: JSON, a file, or -',
    )
    .option('--open', 'remove all grants: every caller may do everything except manage it')
    .option(
      '--if-match <etag>',
      'change the location only if its entity tag (ETag) is still this one; `show` prints the tag',
    )
    .addHelpText(
      'after',
      examplesOf('location update images --policy read-only', 'location update images --grants grants.json'),
    )
    .action(perform(io, ({ updateLocation }) => updateLocation));
  location
    .command('delete')
    .alias('rm')
    .description('delete empty locations; it takes some minutes until they are gone')
    .argument('<name...>')
    .option('--dry-run', 'print what would be deleted and what prevents it; exit with 1 if something does')
    .addHelpText('after', examplesOf('location delete images volumes --dry-run'))
    .action(perform(io, ({ deleteLocations }) => deleteLocations));
};
