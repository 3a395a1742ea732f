# Checks text on standard input against the parts of OpenMetrics 1.0 that a scraper trips over.
import re
import sys

text = sys.stdin.buffer.read().decode()
suffixes = {"counter": ["_total"], "gauge": [""], "info": ["_info"], "stateset": [""]}
assert text.endswith("# EOF\n"), "no end mark"
family = kind = None
seen, samples = set(), set()
for line in text[: -len("# EOF\n")].splitlines():
    meta = re.fullmatch(r"# (TYPE|HELP|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)", line)
    if meta:
        what, name, value = meta.groups()
        if what == "TYPE":
            assert name not in seen, f"{name} twice"
            seen.add(name)
            family, kind = name, value
            assert kind in suffixes, kind
        assert name == family, f"{what} of {name} among {family}"
        if what == "UNIT":
            assert name.endswith("_" + value), f"{name} does not end in its unit"
        continue
    label = r'[a-zA-Z_]\w*="[^"\\\n]*"'
    sample = re.fullmatch(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{{{label}(?:,{label})*\}})? (-?[0-9]+(?:\.[0-9]+)?)", line)
    assert sample, f"no sample: {line}"
    name, labels, value = sample.groups()
    assert name in [family + suffix for suffix in suffixes[kind]], f"{name} in {family} ({kind})"
    assert (name, labels) not in samples, f"{line} twice"
    samples.add((name, labels))
    assert kind != "counter" or float(value) >= 0
    assert kind != "stateset" or value in ("0", "1")
assert samples
