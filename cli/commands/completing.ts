import { Argument, type Command } from 'commander';
import type { Io } from '../io.ts';
import { perform } from '../perform.ts';
import { examplesOf, moreOn } from './help.ts';

/** The service that `--url` or `--context` names, as variables of the environment. */
const meantBy = (words: readonly string[]): Record<string, string> => {
  const givenTo = (option: string): string | undefined => {
    const at = words.lastIndexOf(option, words.length - 3);
    return at === -1 ? undefined : words[at + 1];
  };
  const [url, context] = [givenTo('--url'), givenTo('--context')];
  return {
    ...(context && { TASKPORT_CONTEXT: context, TASKPORT_URL: '' }),
    ...(url && { TASKPORT_URL: url }),
  };
};

export const defineCompleting = (program: Command, io: Io): void => {
  moreOn(program.command('completion'), 'command-line')
    .summary('let a shell complete commands, options and IDs')
    .description('print a script that lets a shell complete commands, options and IDs of the service')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      examplesOf(
        'completion bash > ~/.local/share/bash-completion/completions/taskport',
        'completion zsh > ~/.taskport.zsh && echo "source ~/.taskport.zsh" >> ~/.zshrc',
        'completion fish > ~/.config/fish/completions/taskport.fish',
      ),
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScripts } = await import('../actions/completion-script.ts');
      io.out(completionScripts[shell]);
    });
  program
    .command('__complete', { hidden: true })
    .description('print the words that can replace the last one')
    .argument('[words...]')
    .action((words: string[], ...given: unknown[]) => {
      const meant = { ...io, env: { ...io.env, ...meantBy(words) } };
      const act = perform(meant, async () => (await import('../actions/completion.ts')).complete(program));
      return act(words, ...given);
    });
};
