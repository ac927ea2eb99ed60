"""Compiled loops over frames that are held against each other; plain statements are in tests/statements/drift.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = [
    "add_seen",
    "block_sums",
    "column_products",
    "common_products",
    "frame_sums",
    "mean_and_worth",
    "pair_likeness",
    "pair_sums",
    "shift_last",
    "shift_middle",
    "slope_along",
]

#: Weights of neighbors 1, 2 and 3 pixels away: within 8 % of a slope up to 0.7 of the highest frequency.
SLOPE = (0.8789101, -0.28850454, 0.07400424)

F32 = npt.NDArray[np.float32]


@kernel
def shift_middle(pixels: F32, weights: F32, out: F32) -> None:
    """Sums of `weights` times neighbors along the middle of three axes; the border is continued."""
    before, n, after = pixels.shape
    first = -(len(weights) // 2)
    for i in range(before):
        for j in range(n):
            target = out[i, j]
            target[:] = 0
            for k in range(len(weights)):
                row = pixels[i, min(max(j + first + k, 0), n - 1)]
                weight = weights[k]
                for x in range(after):
                    target[x] += weight * row[x]


@kernel
def shift_last(pixels: F32, weights: F32, out: F32) -> None:
    """Sums of `weights` times neighbors along the last of two axes; the border is continued."""
    rows, n = pixels.shape
    half = len(weights) // 2
    longer = np.empty(n + 2 * half, np.float32)
    for i in range(rows):
        target = out[i]
        longer[:half] = pixels[i, 0]
        longer[half : half + n] = pixels[i]
        longer[half + n :] = pixels[i, n - 1]
        target[:] = 0
        for k in range(len(weights)):
            weight, row = weights[k], longer[k : k + n]
            for x in range(n):
                target[x] += weight * row[x]


@kernel
def add_seen(
    other: F32, inside: F32, offset: npt.NDArray[np.intp], weight: float, total: F32, cover: F32
) -> None:
    """Add a frame that lies `offset` pixels further, and where it is looked at, each times `weight`."""
    nz, ny, nx = total.shape
    w = np.float32(weight)
    oz, oy, ox = offset[0], offset[1], offset[2]
    start, stop = max(0, -ox), min(nx, nx - ox)
    for z in range(max(0, -oz), min(nz, nz - oz)):
        for y in range(max(0, -oy), min(ny, ny - oy)):
            row = other[z + oz, y + oy, start + ox : stop + ox]
            seen = inside[z + oz, y + oy, start + ox : stop + ox]
            target, covered = total[z, y, start:stop], cover[z, y, start:stop]
            for x in range(len(row)):
                share = w * seen[x]
                target[x] += share * row[x]
                covered[x] += share


@kernel
def slope_along(pixels: F32, axis: int, out: F32) -> None:
    """Slope along one of three axes, from three neighbors on either side; 0 nearer to the border."""
    nz, ny, nx = pixels.shape
    a, b, c = np.float32(SLOPE[0]), np.float32(SLOPE[1]), np.float32(SLOPE[2])
    out[:] = 0
    dz, dy, dx = int(axis == 0), int(axis == 1), int(axis == 2)
    for z in range(3 * dz, nz - 3 * dz):
        for y in range(3 * dy, ny - 3 * dy):
            target = out[z, y, 3 * dx : nx - 3 * dx]
            n = len(target)
            up, down = (
                pixels[z + dz, y + dy, 4 * dx : 4 * dx + n],
                pixels[z - dz, y - dy, 2 * dx : 2 * dx + n],
            )
            for x in range(n):
                target[x] = a * (up[x] - down[x])
            up = pixels[z + 2 * dz, y + 2 * dy, 5 * dx : 5 * dx + n]
            down = pixels[z - 2 * dz, y - 2 * dy, dx : dx + n]
            for x in range(n):
                target[x] += b * (up[x] - down[x])
            up, down = pixels[z + 3 * dz, y + 3 * dy, 6 * dx : 6 * dx + n], pixels[z - 3 * dz, y - 3 * dy, :n]
            for x in range(n):
                target[x] += c * (up[x] - down[x])


@kernel
def mean_and_worth(total: F32, cover: F32, inside: F32, worth: float, mean: F32, frames: F32) -> None:
    """Weighted mean, and how many frames it is worth where the frame itself is looked at."""
    nz, ny, nx = total.shape
    w, least = np.float32(worth), np.float32(1e-6)
    for z in range(nz):
        for y in range(ny):
            sums, covered, target = total[z, y], cover[z, y], mean[z, y]
            seen, count = inside[z, y], frames[z, y]
            for x in range(nx):
                target[x] = sums[x] / max(covered[x], least)
                count[x] = covered[x] * seen[x] * w


@kernel
def frame_sums(
    parts: F32,
    use: F32,
    own: F32,
    ramps: F32,
    gram: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
    cross: npt.NDArray[np.float64],
) -> None:
    """Sums of `use` times products: of parts with each other, with the frame, and with its slopes."""
    count, nz, ny, nx = parts.shape
    axes = len(ramps)
    pairs = count * (count + 1) // 2
    sums = np.zeros((pairs + (1 + axes) * count, nx), np.float32)
    factor = np.zeros(nx, np.float32)
    gram[:] = 0
    right[:] = 0
    cross[:] = 0
    for z in range(nz):
        for y in range(ny):
            here = own[z, y]
            k = 0
            for i in range(count):
                one, weight = parts[i, z, y], use[z, y]
                for x in range(nx):
                    factor[x] = one[x] * weight[x]
                for j in range(i, count):
                    other, target = parts[j, z, y], sums[k]
                    for x in range(nx):
                        target[x] += factor[x] * other[x]
                    k += 1
                target = sums[pairs + i]
                for x in range(nx):
                    target[x] += factor[x] * here[x]
                for a in range(axes):
                    slope, target = ramps[a, z, y], sums[pairs + count + axes * i + a]
                    for x in range(nx):
                        target[x] += factor[x] * slope[x]
        k = 0
        for i in range(count):
            for j in range(i, count):
                gram[i, j] += sums[k].sum()
                k += 1
            right[i] += sums[pairs + i].sum()
            for a in range(axes):
                cross[i, a] += sums[pairs + count + axes * i + a].sum()
        sums[:] = 0
    for i in range(count):
        for j in range(i):
            gram[i, j] = gram[j, i]


@kernel
def block_sums(
    parts: F32,
    use: F32,
    own: F32,
    fit: F32,
    away: F32,
    whole: npt.NDArray[np.intp],
    groups: int,
    out: npt.NDArray[np.float64],
    squares: npt.NDArray[np.float64],
) -> None:
    """Bare slopes times what the fit leaves of a frame, and their squares, summed over blocks.

    `fit` says how much of the constant and of the mean is in the frame, `away` (2, axes) how much of them is in
    each slope. Blocks begin at `whole` and repeat after `groups` along y and x; both sums have (axes, groups**2).
    """
    count, nz, ny, nx = parts.shape
    tall, wide = max(1, -(-ny // groups)), max(1, -(-nx // groups))
    sums = np.zeros((2 * (count - 2), nx), np.float32)
    rest = np.empty(nx, np.float32)
    out[:] = 0
    squares[:] = 0
    for y in range(ny):
        for z in range(nz):
            weight, mean, here = use[z, y], parts[1, z, y], own[z, y]
            for x in range(nx):
                rest[x] = here[x] - fit[0] - fit[1] * mean[x]
            for k in range(count - 2):
                slope, target, square = parts[2 + k, z, y], sums[2 * k], sums[2 * k + 1]
                first, second = away[0, k], away[1, k]
                for x in range(nx):
                    bare = slope[x] - first - second * mean[x]
                    target[x] += weight[x] * rest[x] * bare
                    square[x] += weight[x] * bare * bare
        if y + 1 < ny and (y + 1 - whole[1]) // tall == (y - whole[1]) // tall:
            continue
        row = ((y - whole[1]) // tall) % groups
        for k in range(count - 2):
            for x in range(nx):
                block = row * groups + ((x - whole[2]) // wide) % groups
                out[k, block] += sums[2 * k, x]
                squares[k, block] += sums[2 * k + 1, x]
        sums[:] = 0


@kernel
def pair_sums(
    weighted: F32,
    own: F32,
    other: F32,
    inside: F32,
    offset: npt.NDArray[np.intp],
    out: npt.NDArray[np.float64],
) -> None:
    """Sums of each of `weighted` times the difference of two frames, where both are seen.

    Column by column first: sums that do not wait for each other are done several at a time.
    """
    count, nz, ny, nx = weighted.shape
    oz, oy, ox = offset[0], offset[1], offset[2]
    start, stop = max(0, -ox), min(nx, nx - ox)
    width = stop - start
    sums = np.zeros((count, width), np.float32)
    rest = np.empty(width, np.float32)
    out[:] = 0
    for z in range(max(0, -oz), min(nz, nz - oz)):
        for y in range(max(0, -oy), min(ny, ny - oy)):
            row = other[z + oz, y + oy, start + ox : stop + ox]
            seen = inside[z + oz, y + oy, start + ox : stop + ox]
            mine = own[z, y, start:stop]
            for x in range(width):
                rest[x] = (mine[x] - row[x]) * seen[x]
            for k in range(count):
                factor, target = weighted[k, z, y, start:stop], sums[k]
                for x in range(width):
                    target[x] += factor[x] * rest[x]
        for k in range(count):
            out[k] += sums[k].sum()
        sums[:] = 0


@kernel
def pair_likeness(own: F32, other: F32, inside: F32, offset: npt.NDArray[np.intp], every: int) -> float:
    """Correlation of two frames without mean, from every few rows of what both show; 0 where that is nothing."""
    nz, ny, nx = own.shape
    oz, oy, ox = offset[0], offset[1], offset[2]
    start, stop = max(0, -ox), min(nx, nx - ox)
    width = stop - start
    both, mine, theirs = np.zeros(width, np.float32), np.zeros(width, np.float32), np.zeros(width, np.float32)
    for z in range(max(0, -oz), min(nz, nz - oz)):
        for y in range(max(0, -oy), min(ny, ny - oy), every):
            row = other[z + oz, y + oy, start + ox : stop + ox]
            seen = inside[z + oz, y + oy, start + ox : stop + ox]
            here = own[z, y, start:stop]
            for x in range(width):
                there = row[x] * seen[x]
                both[x] += here[x] * there
                mine[x] += here[x] * here[x] * seen[x]
                theirs[x] += there * there
    size = mine.sum() * theirs.sum()
    return both.sum() / np.sqrt(size) if size > 0 else 0.0


@kernel
def column_products(weighted: F32, parts: F32, out: F32) -> None:
    """Products of each of `weighted` with each later of `parts`, summed down the columns from the top.

    `out` has one row of zeros more than there are rows.
    """
    count, nz, ny, nx = parts.shape
    k = 0
    for i in range(count):
        for j in range(i, count):
            for z in range(nz):
                out[k, z, 0, :] = 0
                for y in range(ny):
                    one, other = weighted[i, z, y], parts[j, z, y]
                    above, target = out[k, z, y], out[k, z, y + 1]
                    for x in range(nx):
                        target[x] = above[x] + one[x] * other[x]
            k += 1


@kernel
def common_products(columns: F32, offset: npt.NDArray[np.intp], out: npt.NDArray[np.float64]) -> None:
    """Sums of products over what two frames share that lie `offset` pixels apart, as a symmetric matrix."""
    _, nz, more, nx = columns.shape
    ny = more - 1
    oz, oy, ox = offset[0], offset[1], offset[2]
    k = 0
    for i in range(len(out)):
        for j in range(i, len(out)):
            total = 0.0
            for z in range(max(0, -oz), min(nz, nz - oz)):
                first = columns[k, z, max(0, -oy), max(0, -ox) : min(nx, nx - ox)]
                last = columns[k, z, min(ny, ny - oy), max(0, -ox) : min(nx, nx - ox)]
                for x in range(len(first)):
                    total += last[x] - first[x]
            out[i, j] = total
            out[j, i] = total
            k += 1
