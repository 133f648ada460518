"""Container engines behind the one `Containers` port."""

from clawupgrade.host.containers.engine import LocalContainers
from clawupgrade.host.containers.images import LocalImages

__all__ = ["LocalContainers", "LocalImages"]
