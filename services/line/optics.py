"""Lamp, lens and sensor: what lies between a part and its grey picture.

It knows nothing of parts or defects.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.line.chance import Chance, Field

Sigma = Field | np.float32

TO_LAMP = (np.float32(-0.8), np.float32(-0.6))
"""Direction of the old station's lamp, across and down the picture; the new one stands opposite."""


def lamp_light(chance: Chance, across: Field, down: Field, aged: Field, camera: Field) -> Field:
    """Light on every pixel, around 1, n × side × side. `aged` and `camera` are strengths 0..1, n × 1 × 1."""
    level = chance.normal(1.0, 0.065) * (1 - np.float32(0.12) * aged)
    bearing = chance.normal(-2.3, 0.5) + np.float32(np.pi) * camera
    slope = (chance.uniform(0.02, 0.12) + np.float32(0.08) * aged) / 16
    falloff = chance.uniform(0.02, 0.07) / 256
    along = across * np.cos(bearing) + down * np.sin(bearing)
    return level * (1 + slope * along - falloff * (across * across + down * down))


def blur(field: Field, sigma_across: Sigma, sigma_down: Sigma) -> Field:
    """Gaussian blur with standard deviations in pixels, one for all pictures or one each (n × 1 × 1).

    Works in the frequency domain, so opposite edges touch: give pictures a margin and cut it off.
    """
    side = field.shape[-1]
    down = (2 * np.pi * np.fft.fftfreq(side)).astype(np.float32)[None, :, None]
    across = (2 * np.pi * np.fft.rfftfreq(side)).astype(np.float32)[None, None, :]
    passed = np.exp(np.float32(-0.5) * ((sigma_across * across) ** 2 + (sigma_down * down) ** 2))
    return np.fft.irfft2(np.fft.rfft2(field) * passed, s=(side, side)).astype(np.float32)


def expose(chance: Chance, light: Field, unit_pixels: float, camera: Field) -> NDArray[np.uint8]:
    """Grey pictures of `light` (n × side × side, 1 is white): focus, tone curve, noise, 256 steps."""
    focus = chance.uniform(0.45, 0.95) * (1 - np.float32(0.3) * camera) * np.float32(unit_pixels)
    seen = np.clip(blur(light, focus, focus), 0.0, None)
    gamma, gain = 1 - np.float32(0.13) * camera, 1 + np.float32(0.04) * camera
    noise = chance.noise(light.shape[-1]) * (chance.uniform(1.6, 2.8) + np.float32(0.5) * camera)
    return np.clip(np.rint(255 * gain * seen**gamma + noise), 0, 255).astype(np.uint8)
