import type { Command } from 'commander';
import { type Kind, kinds, rules } from '../../lib/kind/index.ts';
import { isArchive } from '../../lib/kind/kind-rules.ts';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examples, examplesOf, moreOn } from './help.ts';

const gather = (value: string, former: readonly string[] = []): string[] => [...former, value];

/** The ID of an element in examples. */
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
  if (parents.length > 0) create.option('--parent <id>', 'the element on which it builds');
  if (hasSpec) create.option('--spec <json>', 'its specification: JSON, a file, or - for standard input');
  if (hasSpace)
    create.option('--free-space <size>', 'the free space beside its data: KiB, or a size such as 64m');
  const spec = hasSpec
    ? [`${kind} create ${sample} --spec spec.json`, `${kind} create ${sample} --spec -`]
    : [];
  examples(create, `${kind} create ${sample} --ro os=linux --rw note=@notes.txt`, ...spec);
  create.action(perform(io, ({ createElement }) => createElement(kind)));

  group
    .command('show')
    .description(`print one ${kind}`)
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
    .description(`list the ${plural} of a location, by name`)
    .alias('ls')
    .argument('[location]', 'the location; by default all that you may see')
    .option('--filter <filter>', 'ro.os=linux, parent=<id>, state=ready, name^=<beginning>', gather)
    .option('--limit <count>', 'list at most this many')
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
    .option(
      '--if-match <etag>',
      'change the element only if its entity tag (ETag) is still this one; `show` prints the tag',
    );
  if (hasSpace)
    update.option('--free-space <size>', 'the free space beside its data: KiB, or a size such as 64m');
  if (changeable.length > 0)
    update.option('--spec <json>', 'changes of its specification: a merge patch: JSON, a file, or -');
  examples(update, `${kind} update ${sample} --rw note=seen --unset draft`);
  update.action(perform(io, ({ updateElement }) => updateElement(kind)));

  group
    .command('delete')
    .description(`delete ${plural}`)
    .alias('rm')
    .argument('<id...>')
    .option('--dry-run', 'print what would be deleted and what prevents it; exit with 1 if something does')
    .addHelpText(
      'after',
      examplesOf(`${kind} delete ${sample}`, `${kind} delete ${sample} ${sample}-2 --dry-run`),
    )
    .action(perform(io, ({ deleteElements }) => deleteElements(kind)));
  group
    .command('children')
    .description('list its children')
    .argument('<id>')
    .addHelpText('after', examplesOf(`${kind} children ${sample}`))
    .action(perform(io, ({ listChildren }) => listChildren(kind)));
  group
    .command('references')
    .description('list the elements that prevent its delete')
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

/** Commands for the tags of images. */
const defineTags = (group: Command, io: Io): void => {
  group
    .command('tag')
    .description('set a tag of an image, or move it from another image')
    .argument('<id>', 'the image, or another tag of it')
    .argument('<tag>', '<location>/<repository>:<tag>; without a tag, `latest`')
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
    .description('list the tags of a location, or of one of its repositories')
    .argument('[location]', '<location>, or <location>/<repository>; the default is images')
    .addHelpText('after', examplesOf('image tags images', 'image tags images/app'))
    .action(perform(io, ({ listTags }) => listTags));
};

/** Commands for the tasks that join a composition together with storage. */
const defineAssociations = (group: Command, io: Io, kind: Kind): void => {
  group
    .command('tasks')
    .description(`list the tasks that join together with this ${kind}`)
    .argument('<id>')
    .addHelpText('after', examplesOf(`${kind} tasks ${sampleOf(kind)}`))
    .action(perform(io, ({ listTasks }) => listTasks(kind)));
  group
    .command('associate')
    .description(`add a task that joins every composition together with this ${kind}`)
    .argument('<id>')
    .argument('<task>')
    .addHelpText('after', examplesOf(`${kind} associate ${sampleOf(kind)} tasks/app`))
    .action(perform(io, ({ associateTask }) => associateTask(kind)));
  group
    .command('dissociate')
    .description(`remove such a task: it no longer joins with this ${kind}`)
    .argument('<id>')
    .argument('<task>')
    .addHelpText('after', examplesOf(`${kind} dissociate ${sampleOf(kind)} tasks/app`))
    .action(perform(io, ({ dissociateTask }) => dissociateTask(kind)));
};

/** The arguments and options of `push` for any kind. */
const definePush = (group: Command, kind: Kind, path: string): Command => {
  const { replaceable, hasSpace } = rules[kind];
  const push = group
    .command('push')
    .description(`create ${rules[kind].called} and send its data, or send data to one that has none`)
    .argument('<id>')
    .argument('<path>', `${path}; - for standard input`)
    .option('--parent <id>', 'the element on which it builds')
    .option('--ro <key=value>', 'metadata that never changes; key=@file for a file', gather)
    .option('--rw <key=value>', 'metadata that may change', gather)
    .option(
      '--checksum <algorithm:hex>',
      'the checksum of the file, if you know it: the command does not compute it, and the service verifies it',
    );
  if (replaceable) push.option('--replace', 'replace the data of an existing one');
  if (hasSpace)
    push.option('--free-space <size>', 'the free space beside its data: KiB, or a size such as 64m');
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
    .description('download its data, and verify the checksum')
    .argument('<id>')
    .argument('<file>', '- for standard output')
    .addHelpText('after', examplesOf(`${kind} pull ${sampleOf(kind)} data.tar`))
    .action(perform(io, ({ pullElement }) => pullElement(kind)));
};

/** Push, pull and history of images, in the formats of other tools. */
const defineImageTransfers = (group: Command, io: Io, kind: Kind): void => {
  definePush(group, kind, `${IMAGE}${ARCHIVE}`)
    .description('create an image <location>/<name>[:<tag>], or send data to one that has none')
    .option('--tag <name>', 'the image of this name, if the path has several')
    .option(
      '--platform <os/architecture>',
      'the platform to push, if the image has several; `all` pushes all',
    )
    .addHelpText(
      'after',
      examplesOf('image push images/app:1.2 app.tar', 'image push images/app:1.2 - --platform linux/arm64'),
    )
    .action(perform(io, ({ pushImage }) => pushImage));
  group
    .command('pull')
    .description('download an image, and verify it')
    .argument('<id>', '<location>/<name>[:<tag>], or <location>/<name>@<digest>')
    .argument(
      '<path>',
      'a directory for an OCI image layout; an archive if it ends in .tar; - for standard output',
    )
    .option('--format <format>', '`oci`, `docker-archive`, or `layer` for only the data of this element')
    .addHelpText(
      'after',
      examplesOf('image pull images/app:1.2 app.tar', 'image pull images/app:1.2 layout-directory'),
    )
    .action(perform(io, ({ pullImage }) => pullImage));
  group
    .command('history')
    .description('list the layers of an image, each with its compressed size and the command that made it')
    .argument('<id>', '<location>/<name>[:<tag>], or <location>/<name>@<digest>')
    .option(
      '--platform <os/architecture>',
      'the platform, if the image has several; by default that of this machine',
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
