"""Writes the files of one worker of the Python client into a folder.

    PROMETHEUS_MULTIPROC_DIR=FOLDER python3 generate.py
"""
import glob
import os
import struct

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, values

values.ValueClass = values.MultiProcessValue(lambda: "4711")
registry = CollectorRegistry()

visits = Counter("visits", 'Visits, "all"\nof them: \\ ü.', ["path", "b"], registry=registry)
visits.labels("/\"quoted\"\\", "ü 日本 🎉\n").inc(2.5)
visits.labels("", "").inc()
Counter("jobs_total", "", registry=registry)
level = Gauge("level", "Level.", registry=registry, multiprocess_mode="all")
level.set(-0.1)
took = Histogram("took_seconds", "Time.", ["a"], buckets=[-1, 0.25, 1e6], registry=registry)
for seconds in (-2, 0.25, 0.3, 1e300, float("inf")):
    took.labels("x").observe(seconds)
size = Summary("size", "Sizes.", registry=registry)
size.observe(0.1)
size.observe(0.2)
if "mostrecent" in Gauge._MULTIPROC_MODES:
    Gauge("latest", "Latest.", registry=registry, multiprocess_mode="mostrecent").set(7)
    Gauge("never", "Never set.", registry=registry, multiprocess_mode="mostrecent")

# What follows the entries is zero, up to 64 KiB.
for path in glob.glob(os.path.join(os.environ["PROMETHEUS_MULTIPROC_DIR"], "*.db")):
    with open(path, "r+b") as f:
        used, = struct.unpack("i", f.read(4))
        f.truncate(used)
