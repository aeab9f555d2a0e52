import { Command, Help, Option } from 'commander';
import { DEFAULT_URL } from './default-url.ts';
import { outputs } from './output.ts';

const OF_ALL = 'Global options:';

/** The options of every command; they share the objects, because each command keeps its own values. */
const shared = [
  new Option('--context <name>', 'the context to use (TASKPORT_CONTEXT, then the current one)'),
  new Option('--url <url>', `where Taskport is (TASKPORT_URL, then the context, then ${DEFAULT_URL})`),
  new Option('-o, --output <form>', `${outputs.join(', ')}; table unless you say otherwise`),
  new Option('--json', 'the same as `--output json`: a line for each thing; problems too'),
].map((option) => option.helpGroup(OF_ALL));

/** Sections at the end of the help, in this order. */
const LAST = ['Options:', OF_ALL];

/** Help that begins with the command's own description and ends with the options of every command. */
class OrderedHelp extends Help {
  override styleTitle(title: string): string {
    return `\u001b[1m${title}\u001b[0m`;
  }

  /** The help of a command lists its own options. */
  override subcommandTerm(command: Command): string {
    return command.name();
  }

  override formatHelp(command: Command, help: Help): string {
    const sections = super.formatHelp(command, help).trimEnd().split('\n\n');
    const placeOf = (section: string): number => LAST.findIndex((title) => section.includes(title));
    return `${sections.sort((one, other) => placeOf(one) - placeOf(other)).join('\n\n')}\n`;
  }
}

/** Throws for the help of an unknown subcommand, instead of printing the help of its parent. */
const assertThere = (command: Command): void => {
  const [first, second] = command.args;
  const asked = first === 'help' ? second : first;
  if (command.commands.length === 0 || asked === undefined || asked.startsWith('-')) return;
  if (!command.commands.some((each) => each.name() === asked || each.aliases().includes(asked)))
    command.error(`error: unknown command '${asked}'`);
};

/** A command that has the options of every command. */
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
