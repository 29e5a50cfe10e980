# The Python client as a server of JSON lines: a request on the standard input,
# its answer on the standard output. An exception is an answer too.
import json
import sys
import traceback

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text


def number(value):
    """All 64 bits of a float, as text."""
    return value.hex() if isinstance(value, float) else float(value).hex()


def moment(timestamp):
    return None if timestamp is None else str(timestamp)


def exemplar(e):
    return None if e is None else {
        "labels": e.labels, "value": number(e.value), "timestamp": moment(e.timestamp)}


def families(metrics):
    return [{
        "name": m.name, "help": m.documentation, "type": m.type, "unit": m.unit,
        "samples": [{
            "name": s.name, "labels": s.labels, "value": number(s.value),
            "timestamp": moment(s.timestamp), "exemplar": exemplar(s.exemplar),
        } for s in m.samples],
    } for m in metrics]


def merge(dir):
    registry = CollectorRegistry()
    MultiProcessCollector(registry, dir)
    return families(parse_text(generate_latest(registry).decode()))


def merge_files(files, accumulate):
    return families(MultiProcessCollector.merge(files, accumulate))


def parse(syntax, page):
    return families((parse_openmetrics if syntax == "openmetrics" else parse_text)(page))


def mark_dead(dir, identifier):
    mark_process_dead(identifier, dir)


registries = {}
instruments = []


def declare(families, identifier):
    if identifier:
        values.ValueClass = values.MultiProcessValue(lambda: identifier)
    for f in families:
        registry = registries.setdefault(f["registry"], CollectorRegistry())
        options = {"labelnames": f["labels"] or [], "unit": f["unit"], "registry": registry}
        if f["kind"] == "gauge":
            options["multiprocess_mode"] = f["mode"]
        if f["buckets"]:
            options["buckets"] = [float.fromhex(b) for b in f["buckets"]]
        kind = {"counter": Counter, "gauge": Gauge, "histogram": Histogram, "summary": Summary}[f["kind"]]
        instruments.append(kind(f["name"], f["help"], **options))


def update(updates):
    for u in updates:
        instrument = instruments[u["family"]]
        if u["values"]:
            instrument = instrument.labels(*u["values"])
        if u["do"] != "touch":
            getattr(instrument, u["do"])(float.fromhex(u["value"]))


actions = {f.__name__: f for f in (merge, merge_files, parse, mark_dead, declare, update)}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"result": actions[request["action"]](*request["arguments"])}
    except Exception:
        answer = {"error": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
