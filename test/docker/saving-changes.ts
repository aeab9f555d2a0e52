/** Changes to a volume that `saving.contract.ts` fills. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Possible changes by tasks, each to the files of `TREE`; answers the changed paths. */
export const CHANGES: Readonly<Record<string, (place: string) => void>> = {
  'a file that is new': (place) => writeFileSync(join(place, 'new'), 'new'),
  'a file that is gone': (place) => unlinkSync(join(place, 'kept/one')),
  'other content of the same size, with its old time': (place) => {
    const path = join(place, 'below/own');
    const { atime, mtime } = statSync(path);
    writeFileSync(path, 'y');
    utimesSync(path, atime, mtime);
  },
  'a file in the place of a directory': (place) => {
    rmSync(join(place, 'kept'), { recursive: true });
    writeFileSync(join(place, 'kept'), 'a file');
  },
  'a directory that was removed and made anew': (place) => {
    rmSync(join(place, 'kept'), { recursive: true });
    mkdirSync(join(place, 'kept'));
    writeFileSync(join(place, 'kept/other'), 'other');
  },
  'another name': (place) => renameSync(join(place, 'kept/one'), join(place, 'kept/two')),
  'a mode alone': (place) => chmodSync(join(place, 'kept/one'), 0o4711),
  'an owner alone': (place) => chownSync(join(place, 'kept'), 1000, 1001),
  'a hard link': (place) => linkSync(join(place, 'kept/one'), join(place, 'twin')),
  'a link that climbs out': (place) => symlinkSync('../../../../etc/passwd', join(place, 'climbs')),
  'a capability alone': (place) => {
    execFileSync('setcap', ['cap_net_raw+ep', join(place, 'kept/one')]);
  },
  'devices and pipes': (place) => {
    execFileSync('mknod', [join(place, 'null'), 'c', '1', '3']);
    execFileSync('mknod', [join(place, 'disk'), 'b', '259', '70000']);
    execFileSync('mkfifo', [join(place, 'pipe')]);
  },
  'names of any bytes': (place) => {
    writeFileSync(
      Buffer.concat([Buffer.from(`${place}/`), Buffer.from('line\nbreak \xff\\', 'latin1')]),
      'x',
    );
    mkdirSync(join(place, 'd'.repeat(200), 'e'.repeat(200)), { recursive: true });
  },
};

/** Changes that only the machine's own file system shows. */
export const CHANGES_HERE: typeof CHANGES = {
  'an attribute of a user alone': (place) => {
    execFileSync('setfattr', ['-n', 'user.note', '-v', 'x', join(place, 'kept/one')]);
  },
  'an access list alone': (place) => {
    // `user::rw-,user:1000:r--,group::r--,mask::r--,other::r--`, in the kernel's format.
    const list = '0x0200000001000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000400ffffffff';
    execFileSync('setfattr', ['-n', 'system.posix_acl_access', '-v', list, join(place, 'kept/one')]);
  },
};
