import type { Command } from 'commander';
import { type Kind, kinds, rules } from '../../lib/kind/index.ts';
import { isArchive } from '../../lib/kind/kind-rules.ts';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, examplesOf, moreOn } from './help.ts';

const gather = (value: string, former: readonly string[] = []): string[] => [...former, value];

/** An element as examples name one. */
const sampleOf = (kind: Kind): string => `${rules[kind].plural}/app`;

const defineKind = (group: Command, io: Io, kind: Kind): void => {
  const { called, plural, parents, data, hasSpec, hasSpace, changeable, joins, keepsWrites } = rules[kind];
  const sample = sampleOf(kind);

  const create = group
    .command('create')
    .description(`add ${called}`)
    .argument('<id>', `<name>, <location>/<name>, or ${kind}://<location>/<name>`)
    .option('--ro <key=value>', 'metadata that never changes; key=@file for a file', gather)
    .option('--rw <key=value>', 'metadata that may change', gather);
  if (parents.length > 0) create.option('--parent <id>', 'what it builds on');
  if (hasSpec)
    create.option(
      '--spec <json>',
      'its specification: JSON as it stands, a file of it, or - for standard input',
    );
  if (hasSpace) create.option('--free-space <KiB>', 'how much room it has beside what it keeps');
  const spec = hasSpec
    ? [`${kind} create ${sample} --spec spec.json`, `${kind} create ${sample} --spec -`]
    : [];
  examples(create, `${kind} create ${sample} --ro os=linux --rw note=@notes.txt`, ...spec);
  create.action(perform(io, ({ createElement }) => createElement(kind)));

  group
    .command('show')
    .description(`one ${kind}`)
    .alias('inspect')
    .argument('<id>')
    .option('--fields <fields>', 'attributes, ro, rw, spec, tasks, or keys such as ro.os')
    .addHelpText(
      'after',
      examplesOf(`${kind} show ${sample}`, `${kind} show ${sample} --fields rw --output yaml`),
    )
    .action(perform(io, ({ showElement }) => showElement(kind)));
  group
    .command('list')
    .description(`the ${plural} of a location, by name`)
    .alias('ls')
    .argument('[location]', 'of all that you may see, where none is named')
    .option('--filter <filter>', 'ro.os=linux, parent=<id>, state=ready, name^=<beginning>', gather)
    .option('--limit <count>', 'how many at most')
    .addHelpText(
      'after',
      examplesOf(
        `${kind} list`,
        `${kind} list ${plural}`,
        `${kind} list ${plural} --filter name^=app --limit 10 --output wide`,
      ),
    )
    .action(perform(io, ({ listElements }) => listElements(kind)));

  const update = group
    .command('update')
    .description(`change metadata${hasSpace ? ' or free space' : ''}`)
    .argument('<id>')
    .option('--rw <key=value>', 'set metadata', gather)
    .option('--unset <key>', 'delete metadata', gather)
    .option('--if-match <etag>', 'only if it still is as this tag says, which `show` tells');
  if (hasSpace) update.option('--free-space <KiB>', 'how much room it has beside what it keeps');
  if (changeable.length > 0)
    update.option('--spec <json>', 'changes of its specification: a merge patch, as JSON, a file, or -');
  examples(update, `${kind} update ${sample} --rw note=seen --unset draft`);
  update.action(perform(io, ({ updateElement }) => updateElement(kind)));

  group
    .command('delete')
    .description(`delete ${plural}`)
    .alias('rm')
    .argument('<id...>')
    .option('--dry-run', 'say what would be deleted, and what forbids it: exit code 1 where something does')
    .addHelpText(
      'after',
      examplesOf(`${kind} delete ${sample}`, `${kind} delete ${sample} ${sample}-2 --dry-run`),
    )
    .action(perform(io, ({ deleteElements }) => deleteElements(kind)));
  group
    .command('children')
    .description('its children')
    .argument('<id>')
    .addHelpText('after', examplesOf(`${kind} children ${sample}`))
    .action(perform(io, ({ listChildren }) => listChildren(kind)));
  group
    .command('references')
    .description('elements that prevent its delete')
    .argument('<id>')
    .addHelpText('after', examplesOf(`${kind} references ${sample}`))
    .action(perform(io, ({ listReferences }) => listReferences(kind)));
  if (joins === 'mounted') defineAssociations(group, io, kind);
  if (data === 'layer') defineImageTransfers(group, io, kind);
  else if (data !== 'none') defineTransfers(group, io, kind);
  if (kind === 'image') defineTags(group, io);
  if (keepsWrites)
    group
      .command('release')
      .description('discard unsaved writes of a lost machine to volumes')
      .argument('<id...>')
      .addHelpText('after', examplesOf(`${kind} release ${sample}`))
      .action(perform(io, ({ releaseVolumes }) => releaseVolumes));
};

/** Of images: names that can be moved from one to another. */
const defineTags = (group: Command, io: Io): void => {
  group
    .command('tag')
    .description('set a tag of an image, or move it from another image')
    .argument('<id>', 'the image, or another tag of it')
    .argument('<tag>', '<location>/<repository>:<tag>; `latest` where it says none')
    .addHelpText('after', examplesOf('image tag images/app:1.2 images/app:latest'))
    .action(perform(io, ({ setTag }) => setTag));
  group
    .command('untag')
    .description('remove tags; the images that they name stay')
    .argument('<tag...>')
    .addHelpText('after', examplesOf('image untag images/app:1.1 images/app:1.0'))
    .action(perform(io, ({ removeTags }) => removeTags));
  group
    .command('tags')
    .description('the tags of a location, or of one repository there')
    .argument('[location]', '<location>, or <location>/<repository>; images, where none is named')
    .addHelpText('after', examplesOf('image tags images', 'image tags images/app'))
    .action(perform(io, ({ listTags }) => listTags));
};

/** Of storage: the tasks that come along where it is joined. */
const defineAssociations = (group: Command, io: Io, kind: Kind): void => {
  group
    .command('tasks')
    .description('the tasks that join with it')
    .argument('<id>')
    .addHelpText('after', examplesOf(`${kind} tasks ${sampleOf(kind)}`))
    .action(perform(io, ({ listTasks }) => listTasks(kind)));
  group
    .command('associate')
    .description('add a task that joins with it')
    .argument('<id>')
    .argument('<task>')
    .addHelpText('after', examplesOf(`${kind} associate ${sampleOf(kind)} tasks/app`))
    .action(perform(io, ({ associateTask }) => associateTask(kind)));
  group
    .command('dissociate')
    .description('remove a task from those that join with it')
    .argument('<id>')
    .argument('<task>')
    .addHelpText('after', examplesOf(`${kind} dissociate ${sampleOf(kind)} tasks/app`))
    .action(perform(io, ({ dissociateTask }) => dissociateTask(kind)));
};

/** What a push of any kind is told. */
const definePush = (group: Command, kind: Kind, path: string): Command => {
  const { replaceable, hasSpace } = rules[kind];
  const push = group
    .command('push')
    .description('add one with data, or go on with one whose data has not come')
    .argument('<id>')
    .argument('<path>', `${path}; - for standard input`)
    .option('--parent <id>', 'what it builds on')
    .option('--ro <key=value>', 'metadata that never changes; key=@file for a file', gather)
    .option('--rw <key=value>', 'metadata that may change', gather)
    .option('--checksum <algorithm:hex>', 'what is known of the file: it is not read for it, and held to it');
  if (replaceable) push.option('--replace', 'give one that is there other data');
  if (hasSpace) push.option('--free-space <KiB>', 'how much room it has beside what it keeps');
  return push;
};

const ARCHIVE = 'a tar archive (plain, gzip, zstd), or a directory';
const IMAGE =
  'an OCI image layout as a directory or an archive, what `docker save` or `skopeo copy … dir:` writes; or one layer: ';

const defineTransfers = (group: Command, io: Io, kind: Kind): void => {
  const data = isArchive(rules[kind]) ? ARCHIVE : 'a file';
  definePush(group, kind, data)
    .addHelpText('after', examplesOf(`${kind} push ${sampleOf(kind)} data.tar`))
    .action(perform(io, ({ pushElement }) => pushElement(kind)));
  group
    .command('pull')
    .description('fetch its data, and verify it')
    .argument('<id>')
    .argument('<file>', '- for standard output')
    .addHelpText('after', examplesOf(`${kind} pull ${sampleOf(kind)} data.tar`))
    .action(perform(io, ({ pullElement }) => pullElement(kind)));
};

/** Of images, which are OCI images as other tools keep them. */
const defineImageTransfers = (group: Command, io: Io, kind: Kind): void => {
  definePush(group, kind, `${IMAGE}${ARCHIVE}`)
    .description('add an image as <location>/<name>[:<tag>], or go on with one whose data has not come')
    .option('--tag <name>', 'of several, the one that is called so')
    .option('--platform <os/architecture>', 'of several for one image; `all` for all of them')
    .addHelpText(
      'after',
      examplesOf('image push images/app:1.2 app.tar', 'image push images/app:1.2 - --platform linux/arm64'),
    )
    .action(perform(io, ({ pushImage }) => pushImage));
  group
    .command('pull')
    .description('fetch an image, and verify it')
    .argument('<id>', '<location>/<name>[:<tag>], or @<digest> in the place of the tag')
    .argument(
      '<path>',
      'a directory for an OCI image layout; an archive where it ends in .tar; - for standard output',
    )
    .option('--format <format>', '`oci`, `docker-archive`, or `layer` for the data of this one element alone')
    .addHelpText(
      'after',
      examplesOf('image pull images/app:1.2 app.tar', 'image pull images/app:1.2 layout-directory'),
    )
    .action(perform(io, ({ pullImage }) => pullImage));
  group
    .command('history')
    .description(
      'what an image was made of: its layers with their sizes as they are sent, and the command of each',
    )
    .argument('<id>', '<location>/<name>[:<tag>], or @<digest> in the place of the tag')
    .option(
      '--platform <os/architecture>',
      'of an image for several, which; the one of this machine by default',
    )
    .addHelpText(
      'after',
      examplesOf('image history images/app:1.2', 'image history images/app:1.2 --output wide'),
    )
    .action(perform(io, async () => (await import('../actions/image-history.ts')).showHistory));
};

export const defineKinds = (program: Command, io: Io, words: readonly string[] = kinds): void => {
  for (const kind of kinds) {
    const group = moreOn(program.command(kind).description(rules[kind].about), 'concepts');
    if (words.includes(kind)) defineKind(group, io, kind);
  }
};
