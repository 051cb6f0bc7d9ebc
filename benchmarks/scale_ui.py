"""What Dagster's UI asks its web server for, page by page, and a backfill as its launchpad sends it."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import httpx

from benchmarks.scale_probes import Timed

_ASSETS = ("raw_images", "normalized_images", "ocr_text", "structured_records", "validated_tables")
_CATALOG = """query AssetCatalogTableQuery {
  assetsOrError(limit: 1000) { ... on AssetConnection { nodes { id key { path } definition {
    id groupName opNames description kinds isPartitioned hasMaterializePermission
    partitionDefinition { description } tags { key value } owners { ... on TeamAssetOwner { team } }
    automationCondition { label } } } } }
}"""
_GRAPH = """query AssetGraphLiveQuery($keys: [AssetKeyInput!]!) {
  assetNodes(assetKeys: $keys, loadMaterializations: true) {
    id opNames assetKey { path }
    assetMaterializations(limit: 1) { timestamp runId }
    partitionStats { numMaterialized numMaterializing numPartitions numFailed }
    assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization { id status } } } }
  }
  assetsLatestInfo(assetKeys: $keys) {
    id unstartedRunIds inProgressRunIds latestRun { id status endTime } latestMaterialization { timestamp }
  }
}"""
_PARTITIONS = """query PartitionHealthQuery($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) { ... on AssetNode {
    id partitionKeysByDimension { name type partitionKeys }
    assetPartitionStatuses { ... on DefaultPartitionStatuses {
      materializedPartitions materializingPartitions failedPartitions } }
  } }
}"""
_PARTITION = """query AssetPartitionDetailQuery($key: AssetKeyInput!, $partition: String!) {
  assetOrError(assetKey: $key) { ... on Asset {
    id definition { id opNames latestRunForPartition(partition: $partition) { id status endTime } }
    assetEventHistory(partitions: [$partition], limit: 1000, eventTypeSelectors: [MATERIALIZATION, OBSERVATION]) {
      results { ... on MaterializationEvent { runId timestamp stepKey metadataEntries { label } } } }
  } }
}"""
_RUNS = """query RunsFeedRootQuery {
  runsFeedOrError(limit: 30, view: RUNS) { ... on RunsFeedConnection { cursor hasMore results {
    id runStatus creationTime startTime endTime jobName tags { key value } } } }
  runsFeedCountOrError(view: RUNS) { ... on RunsFeedCount { count } }
}"""
_BACKFILLS = """query RunsFeedRootQuery {
  runsFeedOrError(limit: 30, view: BACKFILLS) { ... on RunsFeedConnection { cursor hasMore results {
    id runStatus creationTime startTime endTime ... on PartitionBackfill { numPartitions partitionNames } } } }
}"""
_LAUNCH = """mutation LaunchPartitionBackfill($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
  }
}"""


class WebServer:
    def __init__(self, url: str) -> None:
        self._url = f"{url}/graphql"
        self._client = httpx.Client(timeout=120, trust_env=False)

    def ask(self, query: str, **variables: Any) -> Any:
        """The answer's data. Raises RuntimeError where the server reports an error."""
        answer = self._client.post(self._url, json={"query": query, "variables": variables}).json()
        if "errors" in answer:
            raise RuntimeError(str(answer["errors"])[:2000])
        return answer["data"]

    def close(self) -> None:
        self._client.close()


def ui_probes(server: WebServer, partitions: list[str]) -> Iterator[tuple[str, Timed]]:
    """By name. `partitions` are those of the backfill; some are looked at one by one."""
    keys = [{"path": [asset]} for asset in _ASSETS]
    last, turns = keys[-1], cycle(partitions)
    yield "UI: catalog", Timed(lambda: server.ask(_CATALOG))
    yield "UI: asset graph", Timed(lambda: server.ask(_GRAPH, keys=keys))
    yield "UI: an asset's partitions", Timed(lambda: server.ask(_PARTITIONS, key=last))
    yield "UI: one partition", Timed(lambda: server.ask(_PARTITION, key=last, partition=next(turns)))
    yield "UI: runs", Timed(lambda: server.ask(_RUNS))
    yield "UI: backfills", Timed(lambda: server.ask(_BACKFILLS))
    yield f"backfill launch, {len(partitions)} batches", Timed(lambda: _launch(server, keys, partitions))


def _launch(server: WebServer, keys: list[dict[str, list[str]]], partitions: list[str]) -> None:
    params = {"assetSelection": keys, "partitionNames": partitions}
    answer = server.ask(_LAUNCH, params=params)["launchPartitionBackfill"]
    if answer["__typename"] != "LaunchBackfillSuccess":
        raise RuntimeError(str(answer))
