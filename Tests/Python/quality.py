#!/usr/bin/env python3
"""Judges records made by template-maker with bozorth3 and NFIQ 2 (nbis-py), beside NBIS alone; prints a Markdown table.

The pictures are FINGER_IMPRESSION.png in a folder, if one is named, and synthetic prints always. See scripts/quality.
"""

import argparse
import math
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import nbis
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_fmr
import eer

SETTINGS = dict(min_quality=0.0, get_center=False, check_fingerprint=False, ppi=500.0)
NBIS = nbis.new_nbis_extractor(nbis.NbisExtractorSettings(compute_nfiq2=True, **SETTINGS))
SYNTHETIC = dict(fingers=range(1, 11), impressions=range(1, 5))


def minutiae(record):
    """Width, height and (type, x, y, angle, quality) of a FMR, read from the field tables of the standard."""
    width, height = struct.unpack_from(">HH", record, 14)
    found = []
    for index in range(record[27]):
        x, y, angle, quality = struct.unpack_from(">HHBB", record, 28 + 6 * index)
        found.append((x >> 14, x & 0x3FFF, y & 0x3FFF, angle, quality))
    return width, height, found


def resized(found, across, down):
    """Minutiae of a picture as they are in one so much larger; angles turn when its sides grow unequally."""

    def turned(angle):
        angle *= math.tau / 256
        return round(math.atan2(math.sin(angle) * down, math.cos(angle) * across) * 256 / math.tau) % 256

    return [(kind, round(x * across), round(y * down), turned(angle), quality) for kind, x, y, angle, quality in found]


def judged(record, size=None):
    """A record for nbis-py; `size` is that of the picture, where the record was made from another size of it."""
    width, height, found = minutiae(record)
    if size and size != (width, height):
        found = resized(found, size[0] / width, size[1] / height)
        width, height = size
    return template(width, height, found)


def template(width, height, found):
    """Minutiae as nbis-py wants them: a header of 26 bytes, quality in 63rds, and by x and y, without which bozorth3 misses pairs."""
    found = sorted(found, key=lambda minutia: minutia[1:3])
    body = b"".join(
        struct.pack(">HHBB", kind << 14 | x, y, angle, max(1, round(quality * 63 / 100)))
        for kind, x, y, angle, quality in found
    )
    header = struct.pack(">8sIHHHHBBBBBB", b"FMR\0 20\0", 26 + len(body), 0, width, height, 0, 60, 0, 0, 0, 0, len(found))
    return NBIS.load_iso_19794_2_2005(header + body)


def rates(templates, others=None):
    """EER and so on of all pairs, and the genuine scores; crosswise when there are others."""
    genuine, impostor = eer.pairs_of(sorted(templates), "all")
    if others is None:
        others = templates
    else:
        genuine, impostor = genuine + [pair[::-1] for pair in genuine], impostor + [pair[::-1] for pair in impostor]
    scores = {pair: templates[pair[0]].compare(others[pair[1]]) for pair in genuine}
    result = eer.metrics(list(scores.values()), [templates[a].compare(others[b]) for a, b in impostor])
    return result, scores


def ranks(values):
    """Ranks with ties at their mean."""
    values = np.asarray(values, float)
    result = np.empty(len(values))
    result[values.argsort(kind="stable")] = np.arange(len(values))
    for value in np.unique(values):
        result[values == value] = result[values == value].mean()
    return result


def spearman(left, right):
    return float(np.corrcoef(ranks(left), ranks(right))[0, 1])


def make(maker, jobs):
    """Runs template-maker; name -> (quality, minutiae, ms whole, ms detector) for those it did not refuse."""
    lines = "".join(f"{source}\t{target}\n" for _, source, target in jobs)
    outcome = subprocess.run([maker], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    return {
        name: tuple(float(word) for word in line.split())
        for (name, _, _), line in zip(jobs, outcome, strict=True) if line != "-"
    }  # fmt: skip


def judge(title, pictures, work, maker, others):
    """The rows of one set of pictures; `pictures` are PGM files by name."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    first = make(maker, [(name, path, work / name) for name, path in pictures.items()])
    second = make(maker, [(name, work / f"{name}.fir", work / f"{name}+fir") for name in first])
    bad = 0
    for path in sorted(work.glob("*.f?r")):
        bad += check_fmr.check(path.read_bytes(), "uidai").bad()

    alone, nfiq2 = {}, {}
    for name, path in pictures.items():
        png = path.with_suffix(".png")
        Image.open(path).save(png)
        alone[name] = NBIS.extract_minutiae(png.read_bytes())
        nfiq2[name] = alone[name].quality().score
    records = {name: judged((work / f"{name}.fmr").read_bytes()) for name in first}
    after = {name: judged((work / f"{name}+fir.fmr").read_bytes()) for name in second}

    def row(label, result, extra=""):
        print(
            f"| {title} | {label} | {100 * result['eer']:.2f} | {100 * result['fmr100']:.2f} |"
            f" {100 * result['fmr1000']:.2f} | {extra} |"
        )

    row("NBIS alone", rates(alone)[0])
    result, genuine = rates(records)
    times = np.array(list(first.values()))
    whole, detector = np.median(times[:, 2]), np.median(times[:, 3])
    share = np.median(times[:, 2] / times[:, 3])
    row("pidd", result, f"{whole:.1f} ms a picture (median), {detector:.1f} of them in the detector: {share:.2f} times it")
    row("pidd, from the picture in the FIR", rates(after)[0])
    if others:
        row("the other extractor", rates(others)[0])
        row("pidd against the other extractor", rates({n: records[n] for n in others if n in records}, others)[0])
    names = sorted(records)
    mean = {n: np.mean([score for pair, score in genuine.items() if n in pair]) for n in names}
    for label, quality in (("qScore", {n: v[0] for n, v in first.items()}), ("NFIQ 2", nfiq2)):
        one = spearman([quality[n] for n in names], [mean[n] for n in names])
        two = spearman([min(quality[a], quality[b]) for a, b in genuine], list(genuine.values()))
        print(f"| {title} | {label} with genuine scores | | | | Spearman {one:.3f} by picture, {two:.3f} by pair |")
    between = spearman([first[n][0] for n in names], [nfiq2[n] for n in names])
    print(f"| {title} | qScore with NFIQ 2 | | | | Spearman {between:.3f} |")
    print(
        f"\n{title}: {len(pictures)} pictures, {len(pictures) - len(first)} refused, {bad} of {2 * (len(first) + len(second))} records"
        f" refused by check_fmr.py, {times[:, 1].mean():.0f} minutiae a picture\n",
        file=sys.stderr,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", required=True, type=Path, help="folder of template-maker and pidd-simulate")
    parser.add_argument("--work", required=True, type=Path, help="folder for what is made on the way")
    parser.add_argument("pictures", nargs="?", default="", help="folder of FINGER_IMPRESSION.png at 500 ppi")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    maker = arguments.products / "template-maker"

    print("| pictures | records | EER % | FMR100 % | FMR1000 % | |\n|---|---|---|---|---|---|")
    if arguments.pictures:
        source, target = Path(arguments.pictures), arguments.work / "pgm"
        target.mkdir(exist_ok=True)
        pictures, others = {}, {}
        for path in sorted(source.glob("*_*.png")):
            pictures[path.stem] = target / f"{path.stem}.pgm"
            picture = Image.open(path).convert("L")
            picture.save(pictures[path.stem])
            if path.with_suffix(".iso").exists():
                others[path.stem] = judged(path.with_suffix(".iso").read_bytes(), picture.size)
        judge(source.name, pictures, arguments.work / "records", maker, others)
    target = arguments.work / "synthetic"
    target.mkdir(exist_ok=True)
    pictures = {}
    for finger in SYNTHETIC["fingers"]:
        for impression in SYNTHETIC["impressions"]:
            name = f"{finger}_{impression}"
            pictures[name] = target / f"{name}.pgm"
            if not pictures[name].exists():
                subprocess.run(
                    [arguments.products / "pidd-simulate", "print", "--finger", str(finger), "--impression",
                     str(impression), "--output", pictures[name]], check=True,
                )  # fmt: skip
    judge("synthetic", pictures, arguments.work / "synthetic-records", maker, {})


if __name__ == "__main__":
    main()
