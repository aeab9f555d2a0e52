import { Command, Help, Option } from 'commander';
import { DEFAULT_URL } from './default-url.ts';
import { outputs } from './output.ts';

const OF_ALL = 'Of every command:';

/** Options of every command: the same objects, since values are kept by commands. */
const shared = [
  new Option(
    '--context <name>',
    'the configured Taskport that is meant (TASKPORT_CONTEXT, then the current one)',
  ),
  new Option('--url <url>', `where Taskport is (TASKPORT_URL, then the context, then ${DEFAULT_URL})`),
  new Option('-o, --output <form>', `${outputs.join(', ')}; table unless you say otherwise`),
  new Option('--json', 'the same as `--output json`: a line for each thing; problems too'),
].map((option) => option.helpGroup(OF_ALL));

/** Sections of a help that stand behind all others, in this order. */
const LAST = ['Options:', OF_ALL];

/** Help that says first what a command is about, and last what every command takes. */
class OrderedHelp extends Help {
  override styleTitle(title: string): string {
    return `\u001b[1m${title}\u001b[0m`;
  }

  /** What a command takes stands in its own help. */
  override subcommandTerm(command: Command): string {
    return command.name();
  }

  override formatHelp(command: Command, help: Help): string {
    const sections = super.formatHelp(command, help).trimEnd().split('\n\n');
    const placeOf = (section: string): number => LAST.findIndex((title) => section.includes(title));
    return `${sections.sort((one, other) => placeOf(one) - placeOf(other)).join('\n\n')}\n`;
  }
}

/** Throws where help is asked for of a command below one that has none of that name: the help printed would be that of the one above. */
const assertThere = (command: Command): void => {
  const [first, second] = command.args;
  const asked = first === 'help' ? second : first;
  if (command.commands.length === 0 || asked === undefined || asked.startsWith('-')) return;
  if (!command.commands.some((each) => each.name() === asked || each.aliases().includes(asked)))
    command.error(`error: unknown command '${asked}'`);
};

/** A command that has, wherever it stands, what all have. */
export class SharingCommand extends Command {
  constructor(name?: string) {
    super(name);
    for (const option of shared) this.addOption(option);
    this.on('beforeHelp', () => assertThere(this));
  }

  override createCommand(name?: string): Command {
    return new SharingCommand(name);
  }

  override createHelp(): Help {
    return new OrderedHelp();
  }
}
