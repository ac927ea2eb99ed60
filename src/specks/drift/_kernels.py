"""Compiled loops of drift estimation; plain statements of them are in tests/statements/drift.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = [
    "add_seen",
    "bin_mean",
    "block_sums",
    "column_products",
    "common_products",
    "frame_sums",
    "halve",
    "highest_peaks",
    "mean_and_worth",
    "pair_likeness",
    "pair_sums",
    "scale",
    "shift_last",
    "shift_middle",
    "slope_along",
    "sum_up",
]

#: Low-pass to half of the highest frequency.
HALF_BAND = (3 / 512, 0.0, -25 / 512, 0.0, 150 / 512, 0.5, 150 / 512, 0.0, -25 / 512, 0.0, 3 / 512)
#: Weights of neighbors 1, 2 and 3 pixels away: within 8 % of a slope up to 0.7 of the highest frequency.
SLOPE = (0.8789101, -0.28850454, 0.07400424)

F32 = npt.NDArray[np.float32]


@kernel
def bin_mean(pixels: F32, bz: int, by: int, bx: int, out: F32) -> None:
    """Mean of the finite pixels in each box of (bz, by, bx); NaN where there are none."""
    nz, ny, nx = out.shape
    line = np.empty(nx * bx, np.float32)
    size = np.float32(bz * by * bx)
    for z in range(nz):
        for y in range(ny):
            line[:] = 0
            for dz in range(bz):
                for dy in range(by):
                    row = pixels[z * bz + dz, y * by + dy]
                    for x in range(nx * bx):
                        line[x] += row[x]
            target = out[z, y]
            for x in range(nx):
                total = line[x * bx]
                for dx in range(1, bx):
                    total += line[x * bx + dx]
                target[x] = total / size
            for x in range(nx):
                if not np.isfinite(target[x]):
                    box = pixels[z * bz : (z + 1) * bz, y * by : (y + 1) * by, x * bx : (x + 1) * bx]
                    _put_finite_mean(box, target[x : x + 1])


@kernel
def _put_finite_mean(box: F32, target: F32) -> None:
    total, count = 0.0, 0
    for value in box.flat:
        if np.isfinite(value):
            total += float(value)
            count += 1
    target[0] = total / count if count else np.nan


@kernel
def sum_up(frame: F32, used: npt.NDArray[np.bool_], middle: float, out: npt.NDArray[np.float64]) -> None:
    """Number, sum and sum of squares of the used finite pixels, from `middle`, and their largest magnitude."""
    nz, ny, nx = frame.shape
    out[:] = 0
    sums, squares = np.zeros(nx, np.float64), np.zeros(nx, np.float64)
    count, largest = 0, 0.0
    for z in range(nz):
        for y in range(ny):
            row, seen = frame[z, y], used[z, y]
            for x in range(nx):
                if seen[x] and np.isfinite(row[x]):
                    value = row[x] - middle
                    sums[x] += value
                    squares[x] += value * value
                    count += 1
                    largest = max(largest, abs(row[x]))
    out[0], out[1], out[2], out[3] = count, sums.sum(), squares.sum(), largest


@kernel
def scale(frame: F32, used: npt.NDArray[np.bool_], mean: float, factor: float) -> None:
    """(frame - mean) * factor in place; 0 where it is not used or not finite."""
    nz, ny, nx = frame.shape
    m, f, nothing = np.float32(mean), np.float32(factor), np.float32(0)
    for z in range(nz):
        for y in range(ny):
            row, seen = frame[z, y], used[z, y]
            for x in range(nx):
                row[x] = (row[x] - m) * f if seen[x] and np.isfinite(row[x]) else nothing


@kernel
def halve(pixels: F32, out: F32) -> None:
    """Every other pixel along y and x of a low-pass, so that finer detail does not come back as coarse."""
    nz, ny, nx = out.shape
    tall, wide = pixels.shape[1], pixels.shape[2]
    line, even, odd = np.empty(wide, np.float32), np.empty(nx + 6, np.float32), np.empty(nx + 6, np.float32)
    for z in range(nz):
        for y in range(ny):
            line[:] = 0
            for k in range(len(HALF_BAND)):
                row = pixels[z, min(max(2 * y + k - 5, 0), tall - 1)]
                weight = np.float32(HALF_BAND[k])
                if weight != 0:
                    for x in range(wide):
                        line[x] += weight * row[x]
            for x in range(-3, nx + 3):
                even[x + 3] = line[min(max(2 * x, 0), wide - 1)]
                odd[x + 3] = line[min(max(2 * x + 1, 0), wide - 1)]
            target, middle = out[z, y], even[3 : 3 + nx]
            center = np.float32(HALF_BAND[5])
            for x in range(nx):
                target[x] = center * middle[x]
            for k in range(3):
                before, after = odd[2 - k : 2 - k + nx], odd[3 + k : 3 + k + nx]
                weight = np.float32(HALF_BAND[4 - 2 * k])
                for x in range(nx):
                    target[x] += weight * (before[x] + after[x])


@kernel
def highest_peaks(
    surface: F32, limit: npt.NDArray[np.float64], apart: float, places: npt.NDArray[np.float64], heights: F32
) -> None:
    """Highest local maxima of a periodic surface, the highest first, refined by parabolas.

    `limit` is the farthest shift allowed along each axis; of two maxima closer than `apart` the higher stays.
    Rows of `heights` that stay empty are -inf.
    """
    nz, ny, nx = surface.shape
    count = len(heights)
    heights[:] = -np.inf
    for z in range(nz):
        sz = z if z <= nz // 2 else z - nz
        if abs(sz) > limit[0]:
            continue
        for y in range(ny):
            sy = y if y <= ny // 2 else y - ny
            if abs(sy) > limit[1]:
                continue
            for x in range(nx):
                value = surface[z, y, x]
                if value <= heights[count - 1]:
                    continue
                sx = x if x <= nx // 2 else x - nx
                if abs(sx) > limit[2] or not _is_maximum(surface, z, y, x):
                    continue
                _insert(float(sz), float(sy), float(sx), value, apart, surface.shape, places, heights)
    for k in range(count):
        if heights[k] > -np.inf:
            _refine(surface, places[k])


@kernel
def _is_maximum(surface: F32, z: int, y: int, x: int) -> bool:
    nz, ny, nx = surface.shape
    value = surface[z, y, x]
    for dz in range(-1 if nz > 1 else 0, 2 if nz > 1 else 1):
        for dy in range(-1, 2):
            for dx in range(-1, 2):
                if surface[(z + dz) % nz, (y + dy) % ny, (x + dx) % nx] > value:
                    return False
    return True


@kernel
def _insert(
    z: float,
    y: float,
    x: float,
    value: float,
    apart: float,
    shape: tuple[int, int, int],
    places: npt.NDArray[np.float64],
    heights: F32,
) -> None:
    """Put a maximum into the list, unless a higher one is near; those lower and near give way."""
    count = len(heights)
    kept = 0
    for k in range(count):
        if heights[k] == -np.inf:
            break
        dz, dy, dx = abs(places[k, 0] - z), abs(places[k, 1] - y), abs(places[k, 2] - x)
        dz, dy, dx = min(dz, shape[0] - dz), min(dy, shape[1] - dy), min(dx, shape[2] - dx)
        near = dz * dz + dy * dy + dx * dx < apart * apart
        if near and heights[k] >= value:
            return
        if not near:
            heights[kept] = heights[k]
            places[kept] = places[k]
            kept += 1
    heights[kept:] = -np.inf
    at = kept
    while at > 0 and heights[at - 1] < value:
        at -= 1
    for k in range(min(kept, count - 1), at, -1):
        heights[k] = heights[k - 1]
        places[k] = places[k - 1]
    heights[at] = value
    places[at, 0], places[at, 1], places[at, 2] = z, y, x


@kernel
def _refine(surface: F32, place: npt.NDArray[np.float64]) -> None:
    """Move a maximum to the top of the parabolas through its neighbors."""
    nz, ny, nx = surface.shape
    z, y, x = int(place[0]), int(place[1]), int(place[2])
    middle = surface[z, y, x]
    if nz > 2:
        place[0] += _top(surface[z - 1, y, x], middle, surface[(z + 1) % nz, y, x])
    if ny > 2:
        place[1] += _top(surface[z, y - 1, x], middle, surface[z, (y + 1) % ny, x])
    if nx > 2:
        place[2] += _top(surface[z, y, x - 1], middle, surface[z, y, (x + 1) % nx])


@kernel
def _top(before: float, middle: float, after: float) -> float:
    """Top of the bell curve, or where there is none of the parabola, through three values."""
    if min(before, after) > 0:
        before, middle, after = np.log(before), np.log(middle), np.log(after)
    curvature = before - 2 * middle + after
    return 0.5 * (before - after) / curvature if curvature < 0 else 0.0


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
) -> None:
    """Bare slopes times what the fit leaves of a frame, summed over blocks that stay with the sample.

    `fit` says how much of the constant and of the mean is in the frame, `away` (2, axes) how much of them is in
    each slope. Blocks repeat after `groups` along y and x; `out` has (axes, groups**2).
    """
    count, nz, ny, nx = parts.shape
    tall, wide = max(1, -(-ny // groups)), max(1, -(-nx // groups))
    sums = np.zeros((count - 2, nx), np.float32)
    rest = np.empty(nx, np.float32)
    out[:] = 0
    for y in range(ny):
        for z in range(nz):
            weight, mean, here = use[z, y], parts[1, z, y], own[z, y]
            for x in range(nx):
                rest[x] = weight[x] * (here[x] - fit[0] - fit[1] * mean[x])
            for k in range(count - 2):
                slope, target = parts[2 + k, z, y], sums[k]
                first, second = away[0, k], away[1, k]
                for x in range(nx):
                    target[x] += rest[x] * (slope[x] - first - second * mean[x])
        if y + 1 < ny and (y + 1 - whole[1]) // tall == (y - whole[1]) // tall:
            continue
        row = ((y - whole[1]) // tall) % groups
        for k in range(count - 2):
            for x in range(nx):
                out[k, row * groups + ((x - whole[2]) // wide) % groups] += sums[k, x]
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
