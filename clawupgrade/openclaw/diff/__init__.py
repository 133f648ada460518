"""What changed between two configs, in words, with a judgement for each change and no secret in any of them."""

from clawupgrade.openclaw.diff.change import Change, Diff, Judgement, Kind
from clawupgrade.openclaw.diff.compare import Stage, compare
from clawupgrade.openclaw.diff.masking import Mask

__all__ = ["Change", "Diff", "Judgement", "Kind", "Mask", "Stage", "compare"]
