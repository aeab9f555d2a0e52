/** What to type instead of docker commands that this command line does not have. */
export const INSTEAD: Readonly<Record<string, string>> = {
  images: 'taskport image ls',
  rmi: 'taskport image rm',
  history: 'taskport image history',
  tag: 'taskport image tag',
  push: 'taskport image push <location>/<name>:<tag> <file>; or `docker push` (docs: registry)',
  pull: 'taskport run <image>, whose image the engine pulls; `taskport image pull` writes one to a file',
  build: 'docker build, then `docker save <image> | taskport image push images/<name>:<tag> -`',
  login: 'taskport registry password | docker login --username taskport --password-stdin <host>',
  top: 'taskport exec <name> -- ps',
  stats: 'docker stats, on the machine of the runner',
  system: 'taskport location list for what is kept, `taskport prune` to remove what has ended',
  info: 'taskport doctor',
  port: 'taskport ps --output wide',
  create: 'taskport run --detach, which starts it as well; or `taskport executor create`',
  rename: 'taskport run --name, since an ID never changes',
};

/** The error for a command line; for a docker command, with the replacement. */
export const withDockerWords = (text: string): string => {
  const [line, word = ''] = /^error: unknown command '([a-z]+)'/.exec(text) ?? [];
  return line !== undefined && Object.hasOwn(INSTEAD, word) ? `${line}: use ${INSTEAD[word]}\n` : text;
};
