import { Command, Help, Option } from 'commander';
import { outputs } from './output.ts';
import { DEFAULT_URL } from './session.ts';

const GLOBAL = 'Of every command:';

/** Sections of a help that stand behind all others, in this order. */
const LAST = ['Options:', GLOBAL];

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
      // What a command takes stands in its usage, and below its own help.
      subcommandTerm: (command) => command.name(),
      formatHelp: (command, help) => {
        const sections = Help.prototype.formatHelp.call(help, command, help).trimEnd().split('\n\n');
        const placeOf = (section: string): number => LAST.findIndex((title) => section.includes(title));
        return `${sections.sort((one, other) => placeOf(one) - placeOf(other)).join('\n\n')}\n`;
      },
    });
  }

  override createCommand(name?: string): Command {
    return new SharingCommand(name);
  }
}
