"""What a pipeline's found cells are worth against annotated truth: the rooms behind `leukcad measure`.

A detect component whose attribute `min_score` (a number that may be set) is the frozen threshold below which it reports
nothing is asked a second time with a lower one, so that its average precision is over all that it would report.
"""

from leukcad.measuring.adjudication import Adjudication
from leukcad.measuring.asking import Model, finds_cells, score_set
from leukcad.measuring.figures import figures
from leukcad.measuring.scoring import Score

__all__ = ["Adjudication", "Model", "Score", "figures", "finds_cells", "score_set"]
