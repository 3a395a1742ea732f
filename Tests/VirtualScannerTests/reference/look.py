#!/usr/bin/env python3
"""Looks at a picture with other eyes than ours: PIL to read it, numpy to measure it.  look.py FILE -> words for the tests
  width height           of the picture
  period P               pixels from ridge to ridge: the strongest wavelength between 3 and 16 pixels, over blocks in the middle
  dark D light L         mean of the darkest and lightest tenth in the middle
  border B               mean of the outermost corner blocks"""
import sys
import numpy as np
from PIL import Image
im = np.asarray(Image.open(sys.argv[1]), dtype=float)
assert im.ndim == 2, 'not grey'
h, w = im.shape
size, periods = 64, []
for y in range(h // 4, h * 3 // 4 - size + 1, 32):
    for x in range(w // 4, w * 3 // 4 - size + 1, 32):
        block = im[y:y + size, x:x + size]
        window = np.hanning(size)
        power = np.abs(np.fft.fft2((block - block.mean()) * np.outer(window, window), (128, 128))) ** 2
        f = np.fft.fftfreq(128)
        radius = np.hypot(*np.meshgrid(f, f))
        power[(radius < 1 / 16) | (radius > 1 / 3)] = 0
        periods.append(1 / radius.flat[power.argmax()])
middle = np.sort(im[h // 3:h * 2 // 3, w // 3:w * 2 // 3].ravel())
tenth = len(middle) // 10
corners = np.concatenate([im[:12, :12], im[:12, -12:]])
print('width', w, 'height', h, 'period', round(float(np.median(periods)), 2) if periods else 0,
      'dark', round(middle[:tenth].mean()), 'light', round(middle[-tenth:].mean()), 'border', round(corners.mean()))
