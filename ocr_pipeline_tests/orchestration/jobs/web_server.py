"""Dagster's web server in this process, with the definitions that a test gives it, or the pipeline's."""

import json
import sys
import threading
import time
import warnings
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn
from dagster import DagsterInstance
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster_webserver.app import create_app_from_workspace_process_context

OF_DAGSTERS_OWN = "ignore:.* is deprecated and will be removed in 2.0:DeprecationWarning"
"""A filter of warnings for tests with the server: Dagster calls functions of its own that it has deprecated."""


class WebServer:
    """Answers while entered, at a free port. `module` holds the definitions as `defs`."""

    def __init__(self, instance: DagsterInstance, module: str = "ocr_pipeline.definitions") -> None:
        self.instance = instance
        target = LoadableTargetOrigin(executable_path=sys.executable, module_name=module, attribute="defs")
        origin = InProcessCodeLocationOrigin(target, location_name="ocr_pipeline")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self._workspace = WorkspaceProcessContext(instance, InProcessWorkspaceLoadTarget(origin))

    def __enter__(self) -> Self:
        self._workspace.__enter__()
        app = create_app_from_workspace_process_context(self._workspace)
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._workspace.__exit__(None, None, None)

    def graphql(self, query: str, **variables: Any) -> Any:
        answer = httpx.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60).json()
        assert "errors" not in answer, json.dumps(answer)[:2000]
        return answer["data"]
