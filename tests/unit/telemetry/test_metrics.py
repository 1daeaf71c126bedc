"""What Prometheus sees."""

from longshore.telemetry.metrics import Metrics
from prometheus_client import generate_latest


def expose(metrics: Metrics) -> str:
    """The text that Prometheus reads."""
    return generate_latest(metrics.registry).decode()


def test_all_that_is_promised_is_there() -> None:
    metrics = Metrics()
    metrics.on_call("create", "pods", 201, 0.02)
    metrics.on_restart("pods", "GoneError")
    metrics.on_edge(0.004)
    metrics.on_finished("ci", "Succeeded")
    metrics.expose(lambda: {("ci", "Running"): 2}, lambda: {("ci", "Pending"): 5})
    metrics.on_turn(0.004)
    metrics.expose_pools(
        lambda: {("ci", "AwaitingAgent"): 7}, lambda: {("ci", "gpu-a"): 3}, lambda: {("ci", "gpu-a"): 4}
    )
    queue = metrics.observe_queue("runs")
    queue.on_depth(3)
    queue.on_reconciled(0.1)
    queue.on_failed(ValueError("x"))
    text = expose(metrics)
    for line in (
        'longshore_api_calls_total{code="201",resource="pods",verb="create"} 1.0',
        'longshore_api_call_seconds_count{resource="pods",verb="create"} 1.0',
        'longshore_watch_restarts_total{reason="GoneError",resource="pods"} 1.0',
        'longshore_edge_seconds_bucket{le="0.005"} 1.0',
        'longshore_runs_finished_total{namespace="ci",phase="Succeeded"} 1.0',
        'longshore_runs{namespace="ci",phase="Running"} 2.0',
        'longshore_steps{namespace="ci",phase="Pending"} 5.0',
        'longshore_steps_waiting{namespace="ci",reason="AwaitingAgent"} 7.0',
        'longshore_agent_steps_active{agent="gpu-a",namespace="ci"} 3.0',
        'longshore_agent_capacity{agent="gpu-a",namespace="ci"} 4.0',
        'longshore_turn_seconds_bucket{le="0.005"} 1.0',
        'longshore_queue_depth{kind="runs"} 3.0',
        'longshore_reconcile_seconds_count{kind="runs"} 1.0',
        'longshore_reconcile_errors_total{error="ValueError",kind="runs"} 1.0',
    ):
        assert line in text


def test_a_watch_does_not_count_as_slow_call() -> None:
    metrics = Metrics()
    metrics.on_call("watch", "pods", 200, 300.0)
    text = expose(metrics)
    assert 'longshore_api_calls_total{code="200",resource="pods",verb="watch"} 1.0' in text
    assert "longshore_api_call_seconds_count{" not in text


def test_each_has_a_registry_of_its_own() -> None:
    Metrics().on_edge(1.0)
    assert "longshore_edge_seconds_count 0.0" in expose(Metrics())
