"""From a picture to PidData, beside libfprint's minutiae detection alone in C."""

from report import Table, median, median_ratio, milliseconds
from rig import BIN

FORMATS = ["256x180", "300x400", "388x374", "500x550"]

PREPARATION = (
    "Beside the detection FMR takes some 0.6 ms for the sealed PID, most of it one RSA signature, the preparation of the picture (docs/quality.md), "
    "6 ns a pixel, and for pictures that are not at 500 ppi resampling, 5 ns a pixel. Up to 3 % are what it costs that pidd has malloc overwrite whatever libfprint frees, which the C program does not.")
COMPRESSION = (
    "OpenJPEG takes about 1.1 times the processor time of the detection, since it codes every bit plane of the picture and then drops what the "
    "rate leaves no room for. Both run at once, so FMR+FIR takes as long as the longer one where two cores are idle, and both together where not.")


def samples(text):
    """Series to times by round, without the rounds before the first one, which warm up."""
    series = {}
    for line in text.splitlines():
        name, number, nanoseconds = line.split("\t")
        if int(number) >= 0:
            series.setdefault(name, []).append(int(nanoseconds))
    return series


def measure(workshop, long):
    table = Table(
        "From a picture to PidData",
        "In one process, in turn: the minutiae detection of libfprint called from C, on the very picture that pidd gives it, and pidd's "
        "way from the scanner's picture to the bytes of PidData, for records of minutiae (FMR) and for those with the compressed "
        "picture besides (FIR, compressed while minutiae are searched). Three synthetic fingers; 256x180 at 385 ppi is a NB-1010-U, which lies on its side. "
        "The stage is everything up to the records, beside the detection inside it. Processor time counts all threads, and is what a loaded machine "
        "changes least.")
    made = samples(workshop.run([f"{BIN}/pidd-bench", "pictures", workshop.state(), "150" if long else "40"]))
    for name in FORMATS:
        alone = made[f"{name}/c"]
        for records, goal, why in [("FMR", 1.10, PREPARATION), ("FMR+FIR", 1.25, COMPRESSION)]:
            whole = made[f"{name}/{records}/whole"]
            ratio = median_ratio(whole, alone)
            spent = median_ratio(made[f"{name}/{records}/whole/cpu"], made[f"{name}/c/cpu"])
            table.row(f"{name}, {records}", milliseconds(median(whole)), f"detection {milliseconds(median(alone))}",
                      f"{ratio:.2f}x, processor time {spent:.2f}x", f"{goal:.2f}x", ratio <= goal, why)
    for name in FORMATS:
        stage, inside = made[f"{name}/FMR/stage"], made[f"{name}/FMR/detector"]
        ratio = median_ratio(stage, inside)
        spent = median_ratio(made[f"{name}/FMR/stage/cpu"], made[f"{name}/FMR/detector/cpu"])
        table.row(f"{name}, stage of FMR", milliseconds(median(stage)), f"detection {milliseconds(median(inside))}",
                  f"{ratio:.2f}x, processor time {spent:.2f}x", "1.20x", ratio <= 1.2)
    return table
