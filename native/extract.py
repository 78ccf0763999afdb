"""Unpacks from the wheels what the addon needs: python extract.py DESTINATION WHEEL...

Deletes each wheel once it is unpacked, for the space. Runs on any Python 3.
"""

import os
import re
import sys
import zipfile

WANTED = re.compile(
    r"tensorflow/libtensorflow_(cc|framework)\.so\.2$"
    r"|tensorflow/include/(tensorflow/c|xla/tsl/c)/.*\.h$"
    r"|tensorflow/include/(tensorflow/core|tsl)/platform/ctstring.*\.h$"
    r"|nvidia/[^/]+/(lib|bin|nvvm)/"
    r"|[^/]+\.dist-info/.*(LICENSE|License|NOTICE)"
)

destination, wheels = sys.argv[1], sys.argv[2:]
for wheel in wheels:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if WANTED.match(member.filename):
                path = archive.extract(member, destination)
                mode = member.external_attr >> 16
                if mode and os.path.isfile(path):
                    os.chmod(path, mode & 0o777)
    os.remove(wheel)
