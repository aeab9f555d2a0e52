"""Says what Python's tarfile reads in archives: a line of JSON for each entry, with names as bytes in hexadecimal digits."""
import json
import sys
import tarfile


def hexadecimal(text):
    return text.encode("utf-8", "surrogateescape").hex()


def say(entry):
    xattrs = {
        key.removeprefix("SCHILY.xattr."): hexadecimal(value)
        for key, value in entry.pax_headers.items()
        if key.startswith("SCHILY.xattr.")
    }
    print(json.dumps({
        "name": hexadecimal(entry.name),
        "type": entry.type.decode(),
        "linkname": hexadecimal(entry.linkname),
        "mode": entry.mode,
        "uid": entry.uid,
        "gid": entry.gid,
        "size": entry.size,
        "device": {"major": entry.devmajor, "minor": entry.devminor},
        "mtime": entry.pax_headers.get("mtime", str(entry.mtime)),
        "xattrs": xattrs,
    }))


for path in sys.argv[1:]:
    with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as archive:
        try:
            for entry in archive:
                say(entry)
        except tarfile.ReadError:
            # What stands behind a header need not be there.
            pass
