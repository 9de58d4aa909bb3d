"""A bare Debian in a folder, as fresh as an installation: its own Python, and nothing of ours."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.shows.figures import CannotRun, need_program, need_root

CARRIED = re.compile(
    r"^(PIP_.*|.*_CERT(_FILE|_DIR)?|.*_CA_?(BUNDLE|CERTS|INFO)|(https?|no)_proxy)$", re.I
)
"""Variables by which the host's own clients reach their registries."""

APT = re.compile(r"^Acquire::(https?::|Check-)", re.IGNORECASE)
HOST_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/xdg/pip/pip.conf")
LOCAL_CERTIFICATES = "/usr/local/share/ca-certificates"

# The first process of the new namespaces: it mounts, runs the command, and tells what was left.
INIT = r"""
trap : INT  # Ctrl-C is for the command; this shell stays and looks at what the command left
mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && mount -t sysfs -o ro sys "$0/sys" &&
mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm" && mount -t devpts devpts "$0/dev/pts" || exit 99
[ -z "$OFFLINE" ] || ip link set lo up || exit 99
chroot "$0" /bin/sh -c 'cd "$FOLDER" && exec "$@"' sh "$@"
code=$?
for process in "$0"/proc/[0-9]*; do
    words=$(tr '\0' ' ' <"$process/cmdline" 2>/dev/null)
    [ "$process" = "$0/proc/$$" ] || [ -z "$words" ] || echo "left running: $words"
done
exit $code
"""
LEFT = "left running: "


def mirror(label: str) -> str:
    """Where this machine's apt takes Debian's packages from; label: Debian or Debian-Security."""
    wanted = ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"]
    for line in subprocess.run(
        wanted, check=True, capture_output=True, text=True
    ).stdout.splitlines():
        said, _, address = line.partition(" ")
        if said == label:
            return address
    raise CannotRun(f"apt on this machine has no lists of {label}: run apt-get update")


def carried() -> dict[str, str]:
    """The host's settings for pip, certificates and proxies."""
    return {name: value for name, value in os.environ.items() if CARRIED.match(name)}


@dataclass(frozen=True)
class BareRoot:
    """One minimal Debian. Nothing stays mounted: each command has its own namespaces."""

    folder: Path
    suite: str
    """bookworm (12) or trixie (13)."""

    @classmethod
    def make(cls, folder: Path, suite: str) -> BareRoot:
        """Unpack a minimal Debian and carry over how this host reaches its registries.

        Raises CannotRun without root, debootstrap, or apt's lists.
        """
        need_root("makes a Debian root and enters it")
        program = need_program("debootstrap", "debootstrap")
        for tool, package in (("unshare", "util-linux"), ("ip", "iproute2")):
            need_program(tool, package)
        words = [program, "--variant=minbase", suite, str(folder), mirror("Debian")]
        made = subprocess.run(words, check=False, capture_output=True, text=True)
        if made.returncode:
            raise CannotRun(f"debootstrap of {suite} failed: {made.stdout.strip()[-300:]}")
        root = cls(folder, suite)
        root._carry_over()
        return root

    def _carry_over(self) -> None:
        sources = f"deb {mirror('Debian-Security')} {self.suite}-security main\n"
        (self.folder / "etc/apt/sources.list.d/security.list").write_text(sources)
        dump = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True)
        lines = [line for line in dump.stdout.splitlines() if APT.match(line)]
        (self.folder / "etc/apt/apt.conf.d/90host").write_text("\n".join([*lines, ""]))
        files = [
            *HOST_FILES,
            *carried().values(),
            *map(str, Path(LOCAL_CERTIFICATES).glob("*.crt")),
        ]
        for name in files:
            if name.startswith("/") and Path(name).is_file():
                there = self.folder / name.lstrip("/")
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(name, there)

    def clone(self, repository: Path, place: str) -> str:
        """Put a clean clone of what is committed at a place in the root; return the commit."""
        there = self.folder / place.lstrip("/")
        words = ["git", "clone", "--quiet", "--no-hardlinks", str(repository), str(there)]
        subprocess.run(words, check=True)
        shown = ["git", "-C", str(there), "rev-parse", "--short", "HEAD"]
        return subprocess.run(shown, check=True, capture_output=True, text=True).stdout.strip()

    def start(
        self,
        words: list[str],
        *,
        place: str,
        log: Path,
        offline: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> Inside:
        """Run a command in the root, in process and mount namespaces of its own.

        offline: in a network namespace that has loopback only.
        """
        spaces = ["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        settings = {
            **carried(),
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "FOLDER": place,
            "OFFLINE": "1" if offline else "",
            **(environment or {}),
        }
        spaces += ["--net"] if offline else []
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["unshare", *spaces, "--", "/bin/sh", "-c", INIT, str(self.folder), *words],
                env=settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Inside(process, log)


@dataclass(frozen=True)
class Inside:
    """A command that runs in a bare root."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def first(self) -> int:
        """Host's number of the first process of the namespaces."""
        number = self.process.pid
        return int(Path(f"/proc/{number}/task/{number}/children").read_text().split()[0])

    def interrupt(self, patience: float) -> int:
        """Press Ctrl-C and wait for the end; return the exit code. Raises TimeoutExpired."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(patience)

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def left(self) -> list[str]:
        """What still ran when the command had ended: it should be nothing."""
        return [line for line in self.text().splitlines() if line.startswith(LEFT)]

    def kill(self) -> None:
        """End everything in the namespaces, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()  # unshare --kill-child takes the rest along
            self.process.wait()
