"""The parts of the NumPy network's code that are the same for all networks, as they stand in a program."""

SILENT = 'np.seterr(over="ignore", invalid="ignore")  # one of these trainings diverges'

SETTLED = [
    "late = [row[1] for row in curve[-n_iter_no_change:]]",
    "if len(late) == n_iter_no_change and max(late) - min(late) <= (tol or -1):",
    "    break  # the accuracy has not moved any more",
]

DIVERGED = [
    "if not np.isfinite(everything).all() or not np.isfinite([loss, test_loss]).all():",
    "    # It diverged: take the last weights that answer in finite numbers, and end here.",
    "    for candidate in (*before, at_first):",
    "        everything[...] = candidate",
    "        if np.isfinite(everything).all() and np.isfinite(judge(coefs, intercepts, function, x, y)[0]):",
    "            break",
    "    break",
]

PRODUCT = '''def product(a, b, out=None):
    """a @ b; in two halves where that is faster, as in the app (sums in another order round otherwise)."""
    n, inner = a.shape
    out = np.empty((n, b.shape[1]), np.float32) if out is None else out
    if 1_000_000 < n * inner * b.shape[1] <= 2_000_000 and n % 2 == 0:
        np.matmul(a.reshape(2, n // 2, inner), b, out=out.reshape(2, n // 2, -1))
    else:
        np.matmul(a, b, out=out)
    return out'''

SUBTRACT = '''def subtract_product(w, keep, inputs, delta):
    """w = keep * w - inputs.T @ delta, in place. One call of BLAS, which has columns where NumPy has rows."""
    n, rows = inputs.shape
    half = 1_000_000 < n * rows * w.shape[1] <= 2_000_000 and rows % 2 == 0
    for part in (slice(rows // 2), slice(rows // 2, rows)) if half else (slice(rows),):
        sgemm(-1.0, delta.T, inputs[:, part].T, keep, w[part].T, trans_b=True, overwrite_c=True)'''

ROOM = '''def room(sizes):
    """One long row of numbers for all weights and then all biases, and the part of it that each layer has."""
    shapes = list(zip(sizes, sizes[1:]))
    everything = np.zeros(sum(n * m + m for n, m in shapes), np.float32)
    coefs, intercepts, at = [], [], 0
    for n, m in shapes:
        coefs.append(everything[at : at + n * m].reshape(n, m))
        at += n * m
    weights = everything[:at]
    for _, m in shapes:
        intercepts.append(everything[at : at + m])
        at += m
    return everything, weights, coefs, intercepts'''

FORWARD = '''def forward(coefs, intercepts, function, x):
    """The sums of the last layer, before softmax makes probabilities of them."""
    for i, (w, b) in enumerate(zip(coefs, intercepts)):
        x = product(x, w)
        x += b
        if i < len(coefs) - 1:
            x = function(x)
    return x


def judge(coefs, intercepts, function, x, y):
    """Mean loss and accuracy, read 2,048 digits at a time."""
    loss, right = 0.0, 0
    for start in range(0, len(x), 2048):
        logits, truth = forward(coefs, intercepts, function, x[start : start + 2048]), y[start : start + 2048]
        loss += cross_entropy(logits, truth) * len(truth)
        right += int(np.count_nonzero(logits.argmax(axis=1) == truth))
    return loss / len(x), right / len(x)


def predict(coefs, intercepts, function, x):
    """The most probable digit of each."""
    parts = range(0, len(x), 2048)
    return np.concatenate(
        [softmax(forward(coefs, intercepts, function, x[a : a + 2048])).argmax(axis=1) for a in parts]
    )'''
