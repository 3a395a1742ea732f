#!/usr/bin/env python3
"""Tries settings of what is done to pictures before minutiae are searched, with the detector and bozorth3 of nbis-py.

  .build/quality/bin/python Tests/Python/trials.py FOLDER     (`make quality` makes the environment)

Prints the error rates with each setting; then those with the setting that is best for the other fingers, finger by finger; then
those with minutiae near the edges dropped or kept, of whole pictures and of pictures cut as by a small sensor. Some 10 minutes.
"""

import io
import itertools
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import eer
import nbis
import quality

# Standard deviation of the Gaussian and radius of the normalisation in pixels (0 is without it), and its deviation in grey values.
CHOSEN = (0.8, 24, 60)
SETTINGS = [(0, 0, 0), (0.8, 0, 0), (0, 24, 60), *itertools.product((0.6, 0.8, 1.0), (16, 24, 36), (45, 60, 75))]
EDGE = 12
# Without NFIQ 2, which refuses small pictures.
NBIS = nbis.new_nbis_extractor(nbis.NbisExtractorSettings(compute_nfiq2=False, **quality.SETTINGS))


def smoothed(image, deviation):
    if not deviation:
        return image
    kernel = np.exp(-(np.arange(-3, 4) ** 2) / (2 * deviation**2))
    for axis in (0, 1):
        image = np.apply_along_axis(lambda line: np.convolve(np.pad(line, 3, "edge"), kernel / kernel.sum(), "valid"), axis, image)
    return image


def means(image, radius):
    """The mean over the square around each pixel, cut at the borders."""
    for axis in (0, 1):
        length = image.shape[axis]
        sums = np.insert(image.cumsum(axis), 0, 0, axis)
        last = np.minimum(np.arange(length) + radius + 1, length)
        first = np.maximum(np.arange(length) - radius, 0)
        count = (last - first).reshape((-1, 1) if axis == 0 else (1, -1))
        image = (sums.take(last, axis) - sums.take(first, axis)) / count
    return image


def prepared(image, setting):
    """As `preparedForMinutiae` of Biometrics does it."""
    gaussian, radius, contrast = setting
    image = smoothed(image.astype(float), gaussian)
    if radius:
        mean = means(image, radius)
        deviation = np.sqrt(np.maximum(means(image * image, radius) - mean * mean, 0))
        image = 128 + contrast * (image - mean) / np.maximum(deviation, 10)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def detected(image):
    """(type, x, y, angle, quality) of the minutiae."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "png", compress_level=1)
    return [
        (1 if "END" in str(found.kind()) else 2, found.x(), found.y(), round(found.angle() * 256 / 360) % 256,
         max(1, round(100 * found.reliability())))
        for found in NBIS.extract_minutiae(file.getvalue()).get()
    ]  # fmt: skip


def template(image, found, edge):
    height, width = image.shape
    inner = [f for f in found if edge <= f[1] < width - edge and edge <= f[2] < height - edge]
    best = sorted(inner, key=lambda minutia: -minutia[4])[:255]
    return quality.template(width, height, best)


def scores(templates, others=None):
    """Scores of genuine and of impostor pairs, by pair."""
    others = others or templates
    return [
        {(a, b): templates[a].compare(others[b]) for a, b in pairs} for pairs in eer.pairs_of(sorted(templates), "all")
    ]


def row(label, genuine, impostor):
    rates = eer.metrics(list(genuine), list(impostor))
    print(f"| {label} | " + " | ".join(f"{100 * rates[name]:.2f}" for name in ("eer", "fmr100", "fmr1000")) + " |", flush=True)
    return rates


def finger(name):
    return name.split("_")[0]


def left_out(results, measure):
    """Pairs of each finger scored with the setting that is best, by `measure`, for all pairs without it."""
    genuine, impostor = [], []
    for one in sorted({finger(a) for a, _ in results[CHOSEN][0]}):

        def without(setting):
            rates = eer.metrics(*([s for pair, s in side.items() if one not in map(finger, pair)] for side in results[setting]))
            return rates[measure], rates["eer"]

        best = results[min(results, key=without)]
        for found, side in zip((genuine, impostor), best):
            found += [s for pair, s in side.items() if one in map(finger, pair)]
    row(f"leaving one finger out, chosen by {measure}", genuine, impostor)


def cut(image, share):
    """The middle of a picture, of a share of its sides."""
    (top, left), (height, width) = [[int(side * part) for side in image.shape] for part in ((1 - share) / 2, share)]
    return np.ascontiguousarray(image[top : top + height, left : left + width])


def edges(pictures, whole):
    """Rates with minutiae near the edges dropped or kept; `whole` are those of the whole pictures."""
    small = {name: cut(image, 0.6) for name, image in pictures.items()}
    found = {name: detected(prepared(image, CHOSEN)) for name, image in small.items()}
    known = {name: template(image, whole[name], EDGE) for name, image in pictures.items()}
    for edge in (0, 8, 12, 16, 20):
        templates = {name: template(image, whole[name], edge) for name, image in pictures.items()}
        row(f"edge {edge}, whole", *(side.values() for side in scores(templates)))
        templates = {name: template(image, found[name], edge) for name, image in small.items()}
        row(f"edge {edge}, three fifths against three fifths", *(side.values() for side in scores(templates)))
        row(f"edge {edge}, three fifths against whole", *(side.values() for side in scores(templates, known)))


def main():
    pictures = {path.stem: np.asarray(Image.open(path).convert("L")) for path in sorted(Path(sys.argv[1]).glob("*_*.png"))}
    print("| Gaussian, radius, deviation | EER % | FMR100 % | FMR1000 % |\n|---|---|---|---|")
    results = {}
    for setting in SETTINGS:
        found = {name: detected(prepared(image, setting)) for name, image in pictures.items()}
        if setting == CHOSEN:
            whole = found
        templates = {name: template(image, found[name], EDGE) for name, image in pictures.items()}
        results[setting] = scores(templates)
        row(", ".join(map(str, setting)), *(side.values() for side in results[setting]))
    for measure in ("eer", "fmr100"):
        left_out(results, measure)
    edges(pictures, whole)


if __name__ == "__main__":
    main()
