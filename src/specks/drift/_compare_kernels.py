"""Compiled loops over frames that are held against each other; plain statements are in tests/statements/drift.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel, summing_kernel

__all__ = [
    "compare_frame",
    "explained_products",
    "slope_row",
    "weighted_mean",
]

#: Weights of neighbors 1, 2 and 3 pixels away: within 8 % of a slope up to 0.7 of the highest frequency.
SLOPE = (0.8789101, -0.28850454, 0.07400424)

F32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@kernel
def weighted_mean(
    pixels: F32,
    inside: F32,
    t: int,
    near: Ints,
    offsets: Ints,
    shares: F32,
    worth: float,
    mean: F32,
    frames: F32,
) -> None:
    """Weighted mean of the frames `near`, as frame `t` would see it, and how many frames it is worth there.

    Frame ``near[k]`` lies ``offsets[k]`` pixels further and counts ``shares[k]`` where it is looked at; `shares`
    add up to 1.
    """
    for z in range(len(mean)):
        for y in range(mean.shape[1]):
            _mean_row(pixels, inside, t, near, offsets, shares, worth, z, y, mean, frames)


@kernel
def _mean_row(
    pixels: F32,
    inside: F32,
    t: int,
    near: Ints,
    offsets: Ints,
    shares: F32,
    worth: float,
    z: int,
    y: int,
    mean: F32,
    frames: F32,
) -> None:
    """One row of `weighted_mean`."""
    nz, ny, nx = mean.shape
    total, cover, least, w = mean[z, y], frames[z, y], np.float32(1e-6), np.float32(worth)
    total[:] = 0
    cover[:] = 0
    for k in range(len(near)):
        there, down, right = z + offsets[k, 0], y + offsets[k, 1], offsets[k, 2]
        if 0 <= there < nz and 0 <= down < ny and abs(right) < nx:
            start, stop = max(0, -right), min(nx, nx - right)
            row = pixels[near[k], there, down, start + right : stop + right]
            seen = inside[near[k] % len(inside), there, down, start + right : stop + right]
            _add_seen(row, seen, shares[k], total[start:stop], cover[start:stop])
    here = inside[t % len(inside), z, y]
    for x in range(nx):
        total[x] /= max(cover[x], least)
        cover[x] *= here[x] * w


@kernel
def _add_seen(row: F32, seen: F32, weight: float, total: F32, cover: F32) -> None:
    for x in range(len(row)):
        share = weight * seen[x]
        total[x] += share * row[x]
        cover[x] += share


@kernel
def explained_products(mean: F32, frames: F32, own: F32, products: Floats) -> None:
    """Products of 1 and of the mean with 1, the mean and the frame itself, weighted as in `compare_frame`."""
    nz, ny, nx = mean.shape
    use, weighted = np.empty(nx, np.float32), np.empty(nx, np.float32)
    products[:] = 0
    for z in range(nz):
        for y in range(ny):
            count, row, here = frames[z, y], mean[z, y], own[z, y]
            for x in range(nx):
                use[x] = count[x] / (count[x] + np.float32(1))
                weighted[x] = use[x] * row[x]
            products[0, 0] += _sum(use)
            products[0, 1] += _sum(weighted)
            products[0, 2] += _dot(use, here)
            products[1, 1] += _dot(weighted, row)
            products[1, 2] += _dot(weighted, here)
    products[1, 0] = products[0, 1]


@kernel
def compare_frame(
    pixels: F32,
    inside: F32,
    t: int,
    near: Ints,
    offsets: Ints,
    shares: F32,
    worth: float,
    axes: Ints,
    rows: Ints,
    columns: Ints,
    groups: Floats,
    field: Floats,
    crosses: Floats,
    grams: Floats,
    rights: Floats,
) -> None:
    """All sums that tell how frame `t` lies against the weighted mean of others, and against each of them.

    The arguments up to `worth` are those of `weighted_mean`. Parts are 1, that mean and its slopes along `axes`.

    `rows` and `columns` (3, cells + 1) say where cells of the frame begin (and where the last one ends), to which
    group of blocks each belongs, and to which part of the frame. `groups` and `field` (square, square, parts + 1,
    parts + 1) become the products of the parts and of the frame itself with each other, summed over cells that belong
    together: upper triangles, weighted by how well a mean of so many frames tells the frame. `crosses` (axes, 3)
    becomes the products of 1, of the mean and of its slope with the slope of the frame itself, summed and weighted alike.

    With those weights for each of the frames of the mean, `grams` (near, parts, parts) becomes the products of
    the parts with each other where both frames lie, and `rights` (near, parts) those with the difference of
    both frames where both are looked at.

    Rows are worked on as soon as the mean is known as far as slopes look, so that what is read stays near.
    """
    nz, ny, nx = pixels.shape[1:]
    parts = 2 + len(axes)
    mean, frames = np.empty((nz, ny, nx), np.float32), np.empty((nz, ny, nx), np.float32)
    row = np.ones((parts + 1, nx), np.float32)  # the parts, and the frame itself
    weighted = np.empty((parts + 1, nx), np.float32)
    ramp, use = np.empty(nx, np.float32), np.empty(nx, np.float32)
    by_cell = np.zeros(((parts + 1) * (parts + 2) // 2, nx), np.float32)
    above = np.zeros((parts * (parts + 1) // 2, nx), np.float32)
    groups[:] = 0
    field[:] = 0
    crosses[:] = 0
    grams[:] = 0
    rights[:] = 0
    ahead = 3 * ny if nz > 1 else 3
    for r in range(-ahead, nz * ny):
        if r + ahead < nz * ny:
            z, y = (r + ahead) // ny, (r + ahead) % ny
            _mean_row(pixels, inside, t, near, offsets, shares, worth, z, y, mean, frames)
        if r < 0:
            continue
        z, y = r // ny, r % ny
        if y == 0:
            above[:] = 0
            cell = 0
        row[1] = mean[z, y]
        row[parts] = pixels[t, z, y]
        for x in range(nx):
            use[x] = frames[z, y, x] / (frames[z, y, x] + np.float32(1))
        for a in range(len(axes)):
            slope_row(mean, axes[a], z, y, row[2 + a])
            slope_row(pixels[t], axes[a], z, y, ramp)
            crosses[a, 0] += _dot(use, ramp)
            crosses[a, 1] += _dot_of_three(use, row[1], ramp)
            crosses[a, 2] += _dot_of_three(use, row[2 + a], ramp)
        _multiply(row, use, weighted)
        _add_products(weighted, row, by_cell)
        if y + 1 == rows[0, cell + 1]:
            _put_cells(by_cell, columns, groups[rows[1, cell]], field[rows[2, cell]])
            cell += 1
        # Of the frames that show a place, each pair of them counts for its share of what they say together.
        for x in range(nx):
            use[x] /= max(frames[z, y, x], np.float32(1))
        _multiply(row[:parts], use, weighted[:parts])
        _put_common(above, offsets, (nz, ny, nx), z, y, True, grams)
        _add_products(weighted[:parts], row[:parts], above)
        _put_common(above, offsets, (nz, ny, nx), z, y + 1, False, grams)
        for k in range(len(near)):
            there, down, right = z + offsets[k, 0], y + offsets[k, 1], offsets[k, 2]
            if 0 <= there < nz and 0 <= down < ny and abs(right) < nx:
                start, stop = max(0, -right), min(nx, nx - right)
                other = pixels[near[k], there, down, start + right : stop + right]
                seen = inside[near[k] % len(inside), there, down, start + right : stop + right]
                _add_differences(weighted[:parts], start, row[parts, start:stop], other, seen, rights[k])


@kernel
def slope_row(pixels: F32, axis: int, z: int, y: int, out: F32) -> None:
    """Slope along an axis in one row, from three neighbors on either side; 0 nearer to the border."""
    n, at = pixels.shape[axis], z if axis == 0 else y
    out[:] = 0
    if axis == 2:
        row = pixels[z, y]
        _mix(row[2:], row[4:], row[1:], row[5:], row, row[6:], out[3 : n - 3])
    elif 3 <= at < n - 3:
        dz, dy = int(axis == 0), int(axis == 1)
        _mix(
            pixels[z - dz, y - dy],
            pixels[z + dz, y + dy],
            pixels[z - 2 * dz, y - 2 * dy],
            pixels[z + 2 * dz, y + 2 * dy],
            pixels[z - 3 * dz, y - 3 * dy],
            pixels[z + 3 * dz, y + 3 * dy],
            out,
        )


@kernel
def _mix(down: F32, up: F32, down2: F32, up2: F32, down3: F32, up3: F32, out: F32) -> None:
    a, b, c = np.float32(SLOPE[0]), np.float32(SLOPE[1]), np.float32(SLOPE[2])
    for x in range(len(out)):
        out[x] = a * (up[x] - down[x]) + b * (up2[x] - down2[x]) + c * (up3[x] - down3[x])


@kernel
def _multiply(row: F32, use: F32, out: F32) -> None:
    for i in range(len(row)):
        one, target = row[i], out[i]
        for x in range(len(use)):
            target[x] = one[x] * use[x]


@kernel
def _add_products(weighted: F32, row: F32, out: F32) -> None:
    """Add products of each of `weighted` with each of `row` from the same on."""
    k = 0
    for i in range(len(weighted)):
        for j in range(i, len(weighted)):
            one, other, target = weighted[i], row[j], out[k]
            for x in range(len(target)):
                target[x] += one[x] * other[x]
            k += 1


@kernel
def _put_cells(products: F32, columns: Ints, groups: Floats, field: Floats) -> None:
    """Add products of a row of cells to what these belong to, and begin again."""
    n = groups.shape[-1]
    for c in range(columns.shape[1] - 1):
        group, part = groups[columns[1, c]], field[columns[2, c]]
        k = 0
        for i in range(n):
            for j in range(i, n):
                total = _sum(products[k, columns[0, c] : columns[0, c + 1]])
                group[i, j] += total
                part[i, j] += total
                k += 1
    products[:] = 0


@kernel
def _put_common(
    above: F32, offsets: Ints, shape: tuple[int, int, int], z: int, y: int, begins: bool, grams: Floats
) -> None:
    """Take off what lies above row `y` where the part that two frames share begins there, add it where it ends."""
    nz, ny, nx = shape
    for k in range(len(offsets)):
        oz, oy, ox = offsets[k]
        border, other = max(0, -oy), min(ny, ny - oy)
        if y != (border if begins else other) or border >= other or not 0 <= z + oz < nz or abs(ox) >= nx:
            continue
        p = 0
        for i in range(grams.shape[1]):
            for j in range(i, grams.shape[1]):
                part = _sum(above[p, max(0, -ox) : min(nx, nx - ox)])
                grams[k, i, j] += -part if begins else part
                grams[k, j, i] = grams[k, i, j]
                p += 1


@summing_kernel
def _add_differences(weighted: F32, start: int, own: F32, other: F32, seen: F32, out: Floats) -> None:
    """Add the sums of each of `weighted`, from `start` on, times the difference of two frames."""
    stop, nothing = start + len(own), np.float32(0)
    first, second, third = weighted[0, start:stop], weighted[1, start:stop], weighted[2, start:stop]
    a, b, c, d = nothing, nothing, nothing, nothing
    if len(out) == 4:  # four sums at once read the frames once
        fourth = weighted[3, start:stop]
        for x in range(len(own)):
            rest = (own[x] - other[x]) * seen[x]
            a += first[x] * rest
            b += second[x] * rest
            c += third[x] * rest
            d += fourth[x] * rest
        out[3] += d
    else:
        for x in range(len(own)):
            rest = (own[x] - other[x]) * seen[x]
            a += first[x] * rest
            b += second[x] * rest
            c += third[x] * rest
        for i in range(3, len(out)):
            out[i] += _dot_of_differences(weighted[i, start:stop], own, other, seen)
    out[0] += a
    out[1] += b
    out[2] += c


@summing_kernel
def _dot_of_differences(weighted: F32, own: F32, other: F32, seen: F32) -> float:
    total = np.float32(0)
    for x in range(len(own)):
        total += weighted[x] * ((own[x] - other[x]) * seen[x])
    return float(total)


@summing_kernel
def _sum(values: F32) -> float:
    total = np.float32(0)
    for x in range(len(values)):
        total += values[x]
    return float(total)


@summing_kernel
def _dot(one: F32, other: F32) -> float:
    total = np.float32(0)
    for x in range(len(one)):
        total += one[x] * other[x]
    return float(total)


@summing_kernel
def _dot_of_three(one: F32, other: F32, third: F32) -> float:
    total = np.float32(0)
    for x in range(len(one)):
        total += one[x] * other[x] * third[x]
    return float(total)
