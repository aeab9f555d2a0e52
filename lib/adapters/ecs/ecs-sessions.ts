import type { EngineSessions } from '../../composition/session/engine-sessions.ts';
import type { LaunchStore } from '../../execution/launch-store.ts';

const IS_PLAIN = /^[\w@%+=:,./-]+$/;

/** A word as a shell of POSIX reads it. */
const quoted = (word: string): string => (IS_PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** Sessions by ECS Exec, which the AWS CLI starts with its Session Manager plugin. */
export class EcsSessions implements EngineSessions {
  readonly #launches: Pick<LaunchStore, 'get'>;

  constructor(launches: Pick<LaunchStore, 'get'>) {
    this.#launches = launches;
  }

  async execCommand(
    executorId: string,
    taskId: string,
    args: readonly string[],
  ): Promise<string | undefined> {
    const { launch } = (await this.#launches.get(executorId)) ?? {};
    const container = launch?.tasks.find((task) => task.taskId === taskId)?.container;
    // arn:aws:ecs:<region>:<account>:task/<cluster>/<id>
    const [, region, cluster, id] =
      /^arn:[^:]+:ecs:([^:]+):[^:]*:task\/([^/]+)\/([^/]+)$/.exec(launch?.engineTask ?? '') ?? [];
    if (!region || !cluster || !id || container === undefined || launch?.isOver) return undefined;
    const where = `--region ${region} --cluster ${quoted(cluster)} --task ${id} --container ${quoted(container)}`;
    const command = quoted(args.map(quoted).join(' '));
    return `aws ecs execute-command ${where} --interactive --command ${command}`;
  }
}
