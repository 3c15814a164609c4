"""Do two answers agree, as invariant 5 of the design has it?"""


def agree(one: object, other: object) -> bool:
    """The same JSON, scores within 1e-3: sums come out otherwise in their last bits on another number of threads."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(agree(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(agree, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-3
    return one == other
