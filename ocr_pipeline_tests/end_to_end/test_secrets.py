"""What must not be seen, after all the other tests made the programs talk."""

import psutil

from ocr_pipeline_tests.running_stack import RunningStack


def secrets(running: RunningStack) -> list[str]:
    settings = running.settings
    found = [settings.s3_secret_key, settings.jwt_secret]
    passwords = [
        url.get_secret_value().split("@")[0].rsplit(":", 1)[1] for url in (settings.database_url, settings.redis_url)
    ]
    return [*(secret.get_secret_value() for secret in found), *passwords, running.token]


def test_no_secret_stands_in_a_log(running: RunningStack) -> None:
    running.api.get("/ready")
    logs = {path.name: path.read_text(errors="replace") for path in running.stack_logs()}

    assert logs
    for name, text in logs.items():
        for secret in secrets(running):
            assert secret not in text, name


def test_no_secret_stands_on_a_command_line(running: RunningStack) -> None:
    running.wait_until_running()
    lines = []
    for process in running.stack.status().processes.values():
        found = psutil.Process(process.pid)
        lines += [" ".join(one.cmdline()) for one in (found, *found.children(recursive=True))]

    assert lines
    for secret in secrets(running):
        assert not [line for line in lines if secret in line]
