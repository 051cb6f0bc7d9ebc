"""The asset graph as it is, so that an accidental change is seen."""

from syrupy.assertion import SnapshotAssertion

from ocr_pipeline.definitions import defs


def test_the_asset_graph(snapshot: SnapshotAssertion) -> None:
    graph = defs.resolve_asset_graph()
    shown = {
        node.key.to_user_string(): {
            "after": sorted(parent.to_user_string() for parent in node.parent_keys),
            "partitions": getattr(node.partitions_def, "name", None),
            "kinds": sorted(node.kinds),
            "owners": sorted(node.owners),
            "group": node.group_name,
            "code version": node.code_version,
            "checks": {
                key.name: graph.get_check_spec(key).blocking for key in sorted(node.check_keys, key=lambda k: k.name)
            },
        }
        for node in graph.asset_nodes
    }

    assert shown == snapshot


def test_the_job_and_the_sensors(snapshot: SnapshotAssertion) -> None:
    repository = defs.get_repository_def()
    sensors = {
        sensor.name: (sensor.minimum_interval_seconds, sensor.default_status.value) for sensor in repository.sensor_defs
    }
    job = defs.resolve_job_def("process_batch")

    assert {"sensors": sensors, "job": job.name, "executor": job.executor_def.name} == snapshot
