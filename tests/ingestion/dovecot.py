"""Dovecot on loopback, as a process of its own with a folder of its own: a real IMAP server."""

import imaplib
import os
import pwd
import shutil
import ssl
from pathlib import Path

from benchmarks.processes import free_port
from benchmarks.services import NotInstalled, Service
from tests.ingestion.certificates import certificate_for

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
auth_mechanisms = plain
mail_location = maildir:{folder}/mail/%u
namespace inbox {{
  inbox = yes
  separator = /
}}
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot(Service):
    user, password = "mia", "imap-test-secret"

    def prepare(self) -> None:
        super().prepare()
        self.starttls = free_port()
        self.files = certificate_for("127.0.0.1", self.folder)
        me = pwd.getpwuid(os.getuid())
        mail = pwd.getpwnam("nobody") if me.pw_uid == 0 else me
        internal, login = ("dovecot", "dovenull") if me.pw_uid == 0 else (me.pw_name, me.pw_name)
        (self.folder / "mail").mkdir()
        os.chown(self.folder / "mail", mail.pw_uid, mail.pw_gid)
        group = internal if me.pw_uid == 0 else str(mail.pw_gid)
        (self.folder / "dovecot.conf").write_text(
            CONFIG.format(
                folder=self.folder, certificate=self.files.certificate, key=self.files.key, internal=internal,
                group=group, login=login, password=self.password, uid=mail.pw_uid, gid=mail.pw_gid,
                starttls=self.starttls, port=self.port,
            )
        )  # fmt: skip

    def command(self) -> list[str]:
        program = shutil.which("dovecot") or "/usr/sbin/dovecot"
        if not Path(program).exists():
            raise NotInstalled("Dovecot is missing: apt-get install dovecot-imapd")
        return [program, "-F", "-c", str(self.folder / "dovecot.conf")]

    def answers(self) -> bool:
        try:
            self.line().logout()
        except (OSError, imaplib.IMAP4.error):
            return False
        return True

    def line(self) -> imaplib.IMAP4_SSL:
        """Signed in, to put messages there."""
        context = ssl.create_default_context(cafile=str(self.files.certificate))
        line = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=context, timeout=10)
        line.login(self.user, self.password)
        return line
