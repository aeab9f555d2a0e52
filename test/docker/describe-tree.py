"""Says of every file below each directory what a file system knows of it: a line of JSON a directory, paths as bytes in Latin 1."""
import hashlib
import json
import os
import stat
import sys

TYPES = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFIFO: "pipe",
    stat.S_IFCHR: "character-device",
    stat.S_IFBLK: "block-device",
}
KEPT = ("user.", "security.capability", "system.posix_acl_")


def content(path, found):
    if stat.S_ISLNK(found.st_mode):
        return os.readlink(path).decode("latin1")
    if stat.S_ISREG(found.st_mode):
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
        return [os.major(found.st_rdev), os.minor(found.st_rdev)]
    return None


def describe(root):
    tree, names, todo = {}, {}, [b""]
    device = os.stat(root).st_dev
    while todo:
        relative = todo.pop()
        path = os.path.join(root, relative)
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            # The kernel lists what takes away nothing.
            continue
        if found.st_dev != device:
            # Something else is mounted here.
            continue
        name = relative.decode("latin1")
        first = names.setdefault(found.st_ino, name)
        is_link = stat.S_ISLNK(found.st_mode)
        tree[name] = {
            "type": TYPES[stat.S_IFMT(found.st_mode)],
            "mode": stat.S_IMODE(found.st_mode),
            "owner": [found.st_uid, found.st_gid],
            "modified": str(found.st_mtime_ns),
            "content": content(path, found),
            "attributes": {
                key: os.getxattr(path, key, follow_symlinks=False).hex()
                for key in ([] if is_link else sorted(os.listxattr(path, follow_symlinks=False)))
                if key.startswith(KEPT)
            },
            **({} if first == name or stat.S_ISDIR(found.st_mode) else {"same as": first}),
        }
        if stat.S_ISDIR(found.st_mode):
            todo += sorted((os.path.join(relative, each) for each in os.listdir(path)), reverse=True)
    return tree


for directory in sys.argv[1:]:
    print(json.dumps(describe(os.fsencode(directory))))
