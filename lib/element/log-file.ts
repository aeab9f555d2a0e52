/**
 * The name of a log's file below the directory in which a runner keeps logs. Callers cannot choose other paths
 * of the machine.
 */
export const LOG_FILE = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;
/**
 * Characters of the name: a file's name has up to 255 (Linux, NAME_MAX), some of which number the files of one
 * log.
 */
export const MAX_LOG_FILE = 200;

/** Whether a log's file has a valid name; earlier versions accepted a path of the machine instead. */
export const isLogFile = (path: string): boolean => path.length <= MAX_LOG_FILE && LOG_FILE.test(path);
