import { Command, Help, Option } from 'commander';
import { outputs } from './output.ts';
import { DEFAULT_URL } from './session.ts';

const GLOBAL = 'Options of every command:';

/** A command that has, wherever it stands, what all have; its help says that last. */
export class SharingCommand extends Command {
  constructor(name?: string) {
    super(name);
    const shared = [
      new Option(
        '--context <name>',
        'the configured Taskport that is meant (TASKPORT_CONTEXT, then the current one)',
      ),
      new Option('--url <url>', `where Taskport is (TASKPORT_URL, then the context, then ${DEFAULT_URL})`),
      new Option('-o, --output <form>', `${outputs.join(', ')}; table unless you say otherwise`),
      new Option('--json', 'the same as `--output json`: a line for each thing; problems too'),
    ];
    for (const option of shared) this.addOption(option.helpGroup(GLOBAL));
    this.configureHelp({
      styleTitle: (title) => `\u001b[1m${title}\u001b[0m`,
      groupItems: (unsorted, visible, groupOf) => {
        const groups = Help.prototype.groupItems(unsorted, visible, groupOf);
        const ofAll = groups.get(GLOBAL);
        if (ofAll && groups.delete(GLOBAL)) groups.set(GLOBAL, ofAll);
        return groups;
      },
    });
  }

  override createCommand(name?: string): Command {
    return new SharingCommand(name);
  }
}
