import type { EcsContainer, EngineSessions } from '../../composition/session/engine-sessions.ts';
import type { LaunchStore } from '../../execution/launch-store.ts';

/** Sessions by ECS Exec. The AWS CLI opens them with its Session Manager plugin. */
export class EcsSessions implements EngineSessions {
  readonly #launches: Pick<LaunchStore, 'get'>;

  constructor(launches: Pick<LaunchStore, 'get'>) {
    this.#launches = launches;
  }

  async containerOf(executorId: string, taskId: string): Promise<EcsContainer | 'closed' | undefined> {
    const { launch } = (await this.#launches.get(executorId)) ?? {};
    const container = launch?.tasks.find((one) => one.taskId === taskId)?.container;
    // arn:aws:ecs:<region>:<account>:task/<cluster>/<id>
    const [, region, cluster, task] =
      /^arn:[^:]+:ecs:([^:]+):[^:]*:task\/([^/]+)\/([^/]+)$/.exec(launch?.engineTask ?? '') ?? [];
    if (!region || !cluster || !task || container === undefined || launch?.isOver) return undefined;
    return launch?.takesSessions ? { region, cluster, task, container } : 'closed';
  }
}
