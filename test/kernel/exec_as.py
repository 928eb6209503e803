"""Makes trees of files and executes a program of each as another user, to hear from the kernel what it returns.

Reads one case a line from stdin, as JSON, and answers with one line each:
{"errno": null, "exit": 0} where it was executed, {"errno": "EACCES"} where it was not. Runs as root: each case gets a
root directory of its own, a child that gives up all capabilities, and no_new_privs.
"""

import base64
import ctypes
import errno
import json
import os
import shutil
import sys
import tempfile

LIBC = ctypes.CDLL(None, use_errno=True)
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_SECUREBITS = 24, 38, 28
CAPABILITY_VERSION_3 = 0x20080522


class CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapData(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def drop_capabilities():
    header = CapHeader(CAPABILITY_VERSION_3, 0)
    data = (CapData * 2)()
    if LIBC.capset(ctypes.byref(header), ctypes.byref(data)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def make(root, entry):
    path = os.fsencode(root) + b"/" + base64.b64decode(entry["path"])
    kind = entry["type"]
    if kind == "directory":
        if not os.path.isdir(path):
            os.mkdir(path)
    elif kind == "symlink":
        os.symlink(base64.b64decode(entry["target"]), path)
    elif kind == "hardlink":
        os.link(os.fsencode(root) + b"/" + base64.b64decode(entry["target"]), path)
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        with open(path, "wb") as file:
            file.write(base64.b64decode(entry["content"]))
    os.chown(path, entry["uid"], entry["gid"], follow_symlinks=False)
    if kind != "symlink":
        os.chmod(path, entry["mode"])
    for name, value in entry.get("xattrs", {}).items():
        os.setxattr(path, name, base64.b64decode(value))


def child(root, case):
    os.chroot(root)
    os.chdir(base64.b64decode(case["cwd"]))
    for capability in range(64):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups(case["groups"])
    os.setresgid(case["gid"], case["gid"], case["gid"])
    os.setresuid(case["uid"], case["uid"], case["uid"])
    drop_capabilities()
    if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError("no_new_privs")
    os.execve(base64.b64decode(case["program"]), [base64.b64decode(case["program"]) or b"empty"], {})


def execute(root, case):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        try:
            child(root, case)
        except OSError as error:
            os.write(write, errno.errorcode.get(error.errno, str(error)).encode())
        except BaseException as error:  # the test must see it, whatever it is
            os.write(write, repr(error).encode())
        os._exit(99)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        failed = pipe.read().decode()
    _, status = os.waitpid(pid, 0)
    if failed:
        return {"errno": failed}
    return {"errno": None, "exit": os.waitstatus_to_exitcode(status)}


def main():
    os.umask(0)
    base = tempfile.mkdtemp(prefix="mcpk-kernel-")
    os.chmod(base, 0o755)
    try:
        for number, line in enumerate(sys.stdin):
            case = json.loads(line)
            root = f"{base}/{number}"
            os.mkdir(root, 0o755)
            for entry in case["entries"]:
                make(root, entry)
            print(json.dumps(execute(root, case)), flush=True)
            shutil.rmtree(root)
    finally:
        shutil.rmtree(base, ignore_errors=True)


main()
