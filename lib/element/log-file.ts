/** The name of a log's file below the directory in which a runner keeps logs: no path of a machine is anybody's to say. */
export const LOG_FILE = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;
/** Characters of it: a file's name has up to 255 (Linux, NAME_MAX), some of which number the files of one log. */
export const MAX_LOG_FILE = 200;

/** Whether a log's file is a name as they are now; of before it is a path of the machine. */
export const isLogFile = (path: string): boolean => path.length <= MAX_LOG_FILE && LOG_FILE.test(path);
