/** Verbs of remedies in problems. */
const VERBS =
  'apply|ask|attach|begin|bind|claim|correct|create|delete|dissociate|encode|get|give|have|join|leave|let|list|make|name|pack|pull|push|put|read|remove|repeat|report|run|save|send|set|shorten|sign|start|stop|take|try|unbind|upload|use|wait|write';

const WAY_OUT = new RegExp(`[:;,] (first |or |then )?(${VERBS})\\b`);

/** Whether the detail of a problem contains a remedy: a clause begins with such a verb. */
export const hasWayOut = (detail: string): boolean => WAY_OUT.test(detail);
